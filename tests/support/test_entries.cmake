# SPDX-License-Identifier: MIT
# Run by ctest itself: one entry per test file and level, e.g. "framework/store/hdf5_test [unit]", so
# that entries spread over cores, a failure names its file, and `ctest -L unit` selects a level.
# Given: test_root, work_folder, build_folder, program, torch_program.
file(GLOB_RECURSE test_files RELATIVE "${test_root}" "${test_root}/*_test.cpp")
foreach(file ${test_files})
  set(runner "${program}")
  if(file MATCHES "_torch_test\\.cpp$")
    set(runner "${torch_program}")
  endif()
  if(NOT runner)
    continue()
  endif()
  get_filename_component(stem "${file}" NAME_WE)
  string(REGEX REPLACE "\\.cpp$" "" name "${file}")
  foreach(level unit statistics workflow)
    file(STRINGS "${test_root}/${file}" tagged REGEX "\"[^\"]*\\[${level}\\][^\"]*\"" LIMIT_COUNT 1)
    if(tagged)
      # -# gives each test case its file's name as a tag; NoTests makes an empty selection a failure.
      add_test("${name} [${level}]" "${runner}" "-#" -w NoTests "[#${stem}][${level}]")
      set_tests_properties("${name} [${level}]" PROPERTIES LABELS "${level}" WORKING_DIRECTORY "${work_folder}"
                           TIMEOUT 900)
    endif()
  endforeach()
endforeach()

# Tests of what is outside the program: NAME_test.sh, called with the source and the build folder.
file(GLOB_RECURSE scripts RELATIVE "${test_root}" "${test_root}/*_test.sh")
foreach(file ${scripts})
  string(REGEX REPLACE "\\.sh$" "" name "${file}")
  add_test("${name} [workflow]" bash "${test_root}/${file}" "${work_folder}" "${build_folder}")
  set_tests_properties("${name} [workflow]" PROPERTIES LABELS workflow WORKING_DIRECTORY "${work_folder}" TIMEOUT 900)
endforeach()
