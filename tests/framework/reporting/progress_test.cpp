// SPDX-License-Identifier: MIT
#include "liftwell/reporting/progress.hpp"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace liftwell;
using Catch::Matchers::Contains;

namespace {

/// What `print` writes to standard error, which is a terminal of `columns` or, with 0, a pipe.
template <class Print>
std::string standard_error_of(int columns, Print print) {
  int reading = -1, writing = -1;
  if (columns > 0) {
    const winsize size{24, static_cast<unsigned short>(columns), 0, 0};
    REQUIRE(openpty(&reading, &writing, nullptr, nullptr, &size) == 0);
  } else {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    reading = ends[0];
    writing = ends[1];
  }
  std::string out;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t n = 0; (n = read(reading, buffer, sizeof buffer)) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
  });
  std::fflush(stderr);
  const int before = dup(STDERR_FILENO);
  dup2(writing, STDERR_FILENO);
  close(writing);
  print();
  dup2(before, STDERR_FILENO);
  close(before);
  reader.join();
  close(reading);
  return out;
}

/// The screen after a terminal has obeyed the two control sequences that the bars use.
std::vector<std::string> screen_after(const std::string& output) {
  std::vector<std::string> lines(1);
  std::size_t row = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (output.compare(i, 4, "\033[1A") == 0) {
      --row;
      i += 3;
    } else if (output.compare(i, 4, "\033[2K") == 0) {
      lines[row].clear();
      i += 3;
    } else if (output[i] == '\033') {
      i = output.find('m', i);  // colours
    } else if (output[i] == '\n') {
      if (++row == lines.size()) lines.emplace_back();
    } else if (output[i] != '\r') {
      lines[row] += output[i];
    }
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

void two_stages() {
  ProgressDisplay display(ProgressDisplay::Style::terminal);
  display.started("explore", 0);
  display.started("fit", 2);
  display.progress("explore", 0, 0, 200, "steps");
  display.progress("explore", 0, 50, 200, "steps");
  display.message("warning: look here", true);
  display.finished("explore", 0, 1.5);
}

}  // namespace

TEST_CASE("off a terminal each stage has a line at its start and its end", "[unit]") {
  const std::string out = standard_error_of(0, [] {
    ProgressDisplay display(ProgressDisplay::detect(false));
    display.started("windows", 2);
    for (int i = 0; i <= 1000; ++i) display.progress("windows", 2, i, 1000, "walker-steps");
    display.finished("windows", 2, 2);
    display.message("loop: cycle 2 finished");
  });
  CHECK(out ==
        "windows (cycle 2)      started\n"
        "windows (cycle 2)      done in 2.00 s  500.0 walker-steps/s\n"
        "loop: cycle 2 finished\n");
}

TEST_CASE("no rate is shown where none was measured, and slow ones are not rounded to zero", "[unit]") {
  const std::string out = standard_error_of(0, [] {
    ProgressDisplay display(ProgressDisplay::Style::plain);
    display.started("silent", 0);
    display.finished("silent", 0, 0.02);
    display.started("resumed", 0, true);
    display.progress("resumed", 0, 300, 300, "samples");  // all was done before
    display.finished("resumed", 0, 0.02);
    display.started("drawn", 0);
    display.progress("drawn", 0, 300, 300, "samples");
    display.finished("drawn", 0, 0.02);
    display.started("checks", 0);
    display.progress("checks", 0, 2, 2, "diagnostics");
    display.finished("checks", 0, 100);
  });
  CHECK(out ==
        "silent                 started\n"
        "silent                 done in 0.02 s\n"
        "resumed                started\n"
        "resumed                done in 0.02 s\n"
        "drawn                  started\n"
        "drawn                  done in 0.02 s  15.0k samples/s\n"
        "checks                 started\n"
        "checks                 done in 100.00 s  0.02 diagnostics/s\n");
}

TEST_CASE("quiet leaves only what is important", "[unit]") {
  const std::string out = standard_error_of(0, [] {
    ProgressDisplay display(ProgressDisplay::detect(true));
    display.started("windows", 2);
    display.progress("windows", 2, 1, 2, "steps");
    display.message("cycle 2 finished");
    display.message("warning: a window has not mixed", true);
    display.finished("windows", 2, 2);
  });
  CHECK(out == "warning: a window has not mixed\n");
}

TEST_CASE("on a terminal bars make way for text and are gone at the end", "[unit]") {
  unsetenv("NO_COLOR");
  const std::string out = standard_error_of(100, two_stages);
  CHECK_THAT(out, Contains("\033[36m") && Contains("fit (cycle 2)"));
  CHECK(screen_after(out) ==
        std::vector<std::string>{"warning: look here", "explore                done in 1.50 s  33.3 steps/s"});
}

TEST_CASE("no line of a bar is longer than the terminal is wide", "[unit]") {
  for (const int columns : {21, 40, 60, 80, 200}) {
    const std::string out = standard_error_of(columns, [] {
      ProgressDisplay display(ProgressDisplay::Style::terminal);
      display.started("a_stage_with_a_rather_long_name", 12);
      std::this_thread::sleep_for(std::chrono::milliseconds(120));
      display.progress("a_stage_with_a_rather_long_name", 12, 1e9, 3e9, "walker-steps");
    });
    int widest = 0, width = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] == '\033') {
        i = out.find_first_of("mKA", i);
      } else if (out[i] == '\n') {
        width = 0;
      } else if (out[i] != '\r' && (static_cast<unsigned char>(out[i]) & 0xC0U) != 0x80U) {
        widest = std::max(widest, ++width);
      }
    }
    CHECK(widest < columns);
    CHECK(widest > 0);
  }
}

TEST_CASE("NO_COLOR is honoured", "[unit]") {
  setenv("NO_COLOR", "1", 1);
  const std::string without = standard_error_of(100, two_stages);
  setenv("NO_COLOR", "", 1);
  const std::string empty = standard_error_of(100, two_stages);
  unsetenv("NO_COLOR");
  CHECK_THAT(without, !Contains("\033[36m"));
  CHECK_THAT(empty, Contains("\033[36m"));
}

TEST_CASE("a dumb terminal gets plain lines", "[unit]") {
  const char* before = getenv("TERM");
  const std::string terminal = before != nullptr ? before : "xterm";
  ProgressDisplay::Style dumb{}, clever{};
  (void)standard_error_of(80, [&] {
    setenv("TERM", "dumb", 1);
    dumb = ProgressDisplay::detect(false);
    setenv("TERM", "xterm", 1);
    clever = ProgressDisplay::detect(false);
  });
  setenv("TERM", terminal.c_str(), 1);
  CHECK(dumb == ProgressDisplay::Style::plain);
  CHECK(clever == ProgressDisplay::Style::terminal);
}
