// SPDX-License-Identifier: MIT
#include "liftwell/reporting/event_log.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "liftwell/base/error.hpp"

namespace liftwell {

std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     milliseconds);
}

EventLog::EventLog(const std::filesystem::path& file) {
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    throw StorageError("cannot write " + file.string() + ": " + std::generic_category().message(errno));
  // A line that a kill cut off goes, so that every line is whole.
  off_t size = ::lseek(descriptor_, 0, SEEK_END);
  char last = 0;
  while (size > 0 && ::pread(descriptor_, &last, 1, size - 1) == 1 && last != '\n') --size;
  (void)!::ftruncate(descriptor_, size);
}

EventLog::~EventLog() { ::close(descriptor_); }

void EventLog::write(const std::string& event, nlohmann::json fields) {
  nlohmann::ordered_json line{{"time", now_text()}, {"event", event}};
  for (auto& [key, value] : fields.items()) line[key] = value;
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  // A log that cannot be written (disk full) must not end a run that can go on, nor hold half a line.
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  const ssize_t written = ::write(descriptor_, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) (void)!::ftruncate(descriptor_, before);
}

}  // namespace liftwell
