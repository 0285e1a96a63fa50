#include "server/base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>

#include "server/base/clock.hpp"
#include "server/base/json.hpp"
#include "server/base/threads.hpp"

namespace base::log {

struct Queue::Lines {
  Lines() {
    out->set_pattern("%v");
    out->set_level(spdlog::level::trace);
    out->flush_on(spdlog::level::trace);
  }

  // Enough for a burst of one line from each of 8,000 sessions; a full queue costs about 2 MB.
  static constexpr std::size_t length = 8192;

  std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(length, 1);
  std::shared_ptr<spdlog::async_logger> out =
      std::make_shared<spdlog::async_logger>("dualcamd", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool,
                                             spdlog::async_overflow_policy::overrun_oldest);
};

namespace {
std::atomic<Level> threshold{Level::info};
std::atomic<Format> chosen_format{Format::text};

// Both without a destructor that does anything: threads may log until the very end of the process.
std::mutex lines_lock;
Queue::Lines* lines = nullptr;  // of the queue there is

std::string_view name(Level level) noexcept {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

// As it is where that is one word, else quoted: no value can forge a line, and none moves the cursor of a terminal.
void append_text_value(std::string& line, std::string_view text) {
  const auto ends_a_word = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '=' || c == '"' || c == '\\'; };
  if (text.empty() || std::ranges::any_of(text, ends_a_word))
    append_json_string(line, text);
  else
    line += text;
}

std::string text_line(Level level, std::string_view time, std::string_view message,
                      std::initializer_list<Field> fields) {
  std::string line = fmt::format("{} {:<7} {}", time, name(level), message);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (const auto* text = std::get_if<std::string_view>(&field.value))
      append_text_value(line, *text);
    else
      std::visit([&](const auto& value) { fmt::format_to(std::back_inserter(line), "{}", value); }, field.value);
  }
  return line;
}

std::string json_line(Level level, std::string_view time, std::string_view message,
                      std::initializer_list<Field> fields) {
  JsonWriter json;
  json.begin_object();
  json.member("time", time);
  json.member("level", name(level));
  json.member("message", message);
  for (const Field& field : fields) {
    json.key(field.key);
    std::visit([&](const auto& value) { json.value(value); }, field.value);
  }
  json.end_object();
  return std::move(json).take();
}
}  // namespace

std::string format_line(Format format, Level level, std::string_view time, std::string_view message,
                        std::initializer_list<Field> fields) {
  return format == Format::json ? json_line(level, time, message, fields) : text_line(level, time, message, fields);
}

void configure(const Options& options) {
  threshold = options.level;
  chosen_format = options.format;
}

bool enabled(Level level) noexcept {
  return level >= threshold.load(std::memory_order_relaxed);
}

void event(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const std::string line = format_line(chosen_format, level, to_iso8601(utc_now()), message, fields);
  {
    const std::lock_guard lock(lines_lock);
    if (lines != nullptr) return lines->out->info(line);
  }
  fmt::print(stderr, "{}\n", line);
}

std::uint64_t dropped_events() {
  const std::lock_guard lock(lines_lock);
  return lines != nullptr ? lines->pool->overrun_counter() : 0;
}

Queue::Queue() {
  const SignalsBlocked inherited_by_the_thread;
  lines_ = std::make_unique<Lines>();
  const std::lock_guard lock(lines_lock);
  lines = lines_.get();
}

Queue::~Queue() {
  const std::lock_guard lock(lines_lock);
  lines = nullptr;
}

}  // namespace base::log
