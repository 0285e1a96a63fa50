#include "server/base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"

namespace base::log {

namespace {
// Enough for a burst of one line from each of 8,000 sessions; a full queue costs about 2 MB.
constexpr std::size_t queue_length = 8192;

struct Logger {
  std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(queue_length, 1);
  std::shared_ptr<spdlog::async_logger> out =
      std::make_shared<spdlog::async_logger>("dualcamd", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool,
                                             spdlog::async_overflow_policy::overrun_oldest);
  Logger() {
    out->set_pattern("%v");
    out->set_level(spdlog::level::trace);
    out->flush_on(spdlog::level::trace);
  }
};

std::atomic<Level> threshold{Level::info};
std::atomic<Format> chosen_format{Format::text};

Logger& logger() {
  static Logger instance;
  return instance;
}

std::string_view name(Level level) noexcept {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

void append_json_string(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", byte);
    } else {
      line += c;
    }
  }
  line += '"';
}

void append_text_value(std::string& line, std::string_view text) {
  if (!text.empty() && text.find_first_of(" =\"\\\n\r\t") == std::string_view::npos) {
    line += text;
  } else {
    append_json_string(line, text);
  }
}

void append_value(std::string& line, Format format, const Field& field) {
  std::visit(
      [&]<class T>(const T& value) {
        if constexpr (std::same_as<T, std::string_view>) {
          if (format == Format::json)
            append_json_string(line, value);
          else
            append_text_value(line, value);
        } else {
          fmt::format_to(std::back_inserter(line), "{}", value);
        }
      },
      field.value);
}
}  // namespace

std::string format_line(Format format, Level level, std::string_view time, std::string_view message,
                        std::initializer_list<Field> fields) {
  std::string line;
  if (format == Format::text) {
    line = fmt::format("{} {:<7} {}", time, name(level), message);
    for (const Field& field : fields) {
      line += ' ';
      line += field.key;
      line += '=';
      append_value(line, format, field);
    }
    return line;
  }
  line = fmt::format(R"({{"time":"{}","level":"{}","message":)", time, name(level));
  append_json_string(line, message);
  for (const Field& field : fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    append_value(line, format, field);
  }
  line += '}';
  return line;
}

void configure(const Options& options) {
  threshold = options.level;
  chosen_format = options.format;
}

void shutdown() {
  logger().pool.reset(), logger().out.reset();
}

bool enabled(Level level) noexcept {
  return level >= threshold.load(std::memory_order_relaxed);
}

void event(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  if (!logger().out) return;
  logger().out->info(format_line(chosen_format, level, to_iso8601(utc_now()), message, fields));
}

std::uint64_t dropped_events() noexcept {
  return logger().pool ? logger().pool->overrun_counter() : 0;
}

}  // namespace base::log
