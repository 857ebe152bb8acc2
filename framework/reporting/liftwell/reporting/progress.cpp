// SPDX-License-Identifier: MIT
#include "liftwell/reporting/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace liftwell {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);
constexpr auto plain_interval = std::chrono::seconds(10);

int terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

std::string name_of(const std::string& stage, int cycle) {
  return cycle > 0 ? fmt::format("{} (cycle {})", stage, cycle) : stage;
}

std::string rate_text(double rate) {
  if (rate >= 1e9) return fmt::format("{:.1f}G", rate / 1e9);
  if (rate >= 1e6) return fmt::format("{:.1f}M", rate / 1e6);
  if (rate >= 1e3) return fmt::format("{:.1f}k", rate / 1e3);
  if (rate >= 1) return fmt::format("{:.1f}", rate);
  return fmt::format("{:.2g}", rate);  // one diagnostic in a minute is not "0.0 diagnostics/s"
}

std::string time_text(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto s = static_cast<long>(std::lround(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02} min", s / 60, s % 60);
  return fmt::format("{}:{:02} h", s / 3600, s / 60 % 60);
}

}  // namespace

ProgressDisplay::Style ProgressDisplay::detect(bool quiet) {
  if (quiet) return Style::quiet;
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return isatty(STDERR_FILENO) != 0 && !dumb ? Style::terminal : Style::plain;
}

ProgressDisplay::ProgressDisplay(Style style) : style_(style) {
  // no-color.org: any value but the empty one asks for no colour.
  const char* no_colour = std::getenv("NO_COLOR");
  colour_ = no_colour == nullptr || *no_colour == '\0';
}

ProgressDisplay::~ProgressDisplay() {
  const std::lock_guard lock(mutex_);
  active_.clear();
  show({});
}

std::string ProgressDisplay::line(const std::string& name, const Active& active, Clock::time_point now) const {
  const ProgressMeter& meter = active.meter;
  const double fraction = meter.fraction();
  const double rate = meter.rate(now);
  std::string tail = fmt::format(" {:3.0f} %", 100 * fraction);
  if (rate > 0)
    tail += fmt::format("  {} {}/s  {} left", rate_text(rate), meter.unit(), time_text(meter.seconds_left(now)));
  const std::string head = fmt::format("{:<22} ", name);
  if (style_ != Style::terminal) return head + tail;
  const int room = std::clamp(terminal_width() - static_cast<int>(head.size() + tail.size()) - 3, 0, 40);
  if (room < 5) return (head + tail).substr(0, static_cast<std::size_t>(terminal_width() - 1));
  const int full = static_cast<int>(std::lround(fraction * room));
  std::string bar;
  for (int i = 0; i < room; ++i) bar += i < full ? "█" : "░";
  if (colour_) bar = "\033[36m" + bar + "\033[0m";
  return head + bar + tail;
}

void ProgressDisplay::show(const std::string& text) {
  // Standard error is not buffered: written in one go, bars do not flicker.
  std::string out;
  for (; drawn_ > 0; --drawn_) out += "\033[1A\033[2K";
  out += text;
  if (style_ == Style::terminal) {
    last_draw_ = Clock::now();
    for (const auto& [name, active] : active_) {
      out += line(name, active, last_draw_) + "\n";
      ++drawn_;
    }
  }
  std::fwrite(out.data(), 1, out.size(), stderr);
  std::fflush(stderr);
}

void ProgressDisplay::started(const std::string& stage, int cycle, bool resumed) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  active_[name_of(stage, cycle)] = {ProgressMeter(resumed, now), now};
  if (style_ == Style::terminal) show({});
  if (style_ == Style::plain) show(fmt::format("{:<22} started\n", name_of(stage, cycle)));
}

void ProgressDisplay::progress(const std::string& stage, int cycle, double done, double planned,
                               std::string_view unit) {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(name_of(stage, cycle));
  if (found == active_.end()) return;
  Active& active = found->second;
  active.meter.report(done, planned, unit);
  const auto now = Clock::now();
  if (style_ == Style::terminal && now - last_draw_ > redraw_interval) show({});
  if (style_ == Style::plain && now - active.spoken > plain_interval) {
    active.spoken = now;
    show(line(found->first, active, now) + "\n");
  }
}

void ProgressDisplay::finished(const std::string& stage, int cycle, double wall_s) {
  const std::lock_guard lock(mutex_);
  const std::string name = name_of(stage, cycle);
  std::string rate;
  if (const auto found = active_.find(name); found != active_.end()) {
    const ProgressMeter& meter = found->second.meter;
    // A resumed stage may have had nothing left to do.
    if (meter.planned() > 1 && meter.gained() > 0 && wall_s > 0)
      rate = fmt::format("  {} {}/s", rate_text(meter.gained() / wall_s), meter.unit());
    active_.erase(found);
  }
  if (style_ == Style::quiet || style_ == Style::silent) return;
  show(fmt::format("{:<22} done in {:.2f} s{}\n", name, wall_s, rate));
}

void ProgressDisplay::message(const std::string& text, bool important) {
  const std::lock_guard lock(mutex_);
  if (style_ == Style::silent || (style_ == Style::quiet && !important)) return;
  show(text + "\n");
}

}  // namespace liftwell
