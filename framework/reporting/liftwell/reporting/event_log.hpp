// SPDX-License-Identifier: MIT
// events.jsonl: one JSON object per line, for programs that watch a run.
#pragma once

#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>

namespace liftwell {

/// Appends lines, each in one write. A line that a kill or a full disk cut off is taken away, so
/// every line is whole. Thread-safe.
class EventLog {
 public:
  explicit EventLog(const std::filesystem::path& file);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Adds `time` (ISO 8601, UTC, milliseconds) and `event`.
  void write(const std::string& event, nlohmann::json fields);

 private:
  std::mutex mutex_;
  int descriptor_ = -1;
};

/// ISO 8601 in UTC with milliseconds.
[[nodiscard]] std::string now_text();

}  // namespace liftwell
