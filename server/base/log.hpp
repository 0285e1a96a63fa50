// Structured logging: one event, a sentence for people, fields for machines. Log per event, never per frame.
// Lines go to standard error: from the thread that logs, or through a Queue while there is one.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace base::log {

enum class Level : std::uint8_t { debug, info, warning, error };
enum class Format : std::uint8_t { text, json };

struct Options {
  Level level = Level::info;
  Format format = Format::text;
};

// `text` values are borrowed until the logging call returns.
struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, bool flag) : key(name), value(flag) {}
  Field(std::string_view name, double number) : key(name), value(number) {}
  template <std::signed_integral T>
  Field(std::string_view name, T number) : key(name), value(std::int64_t{number}) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view name, T number) : key(name), value(std::uint64_t{number}) {}
};

// Before the first event, from main. Without it, text lines of level info and above are written.
void configure(const Options& options);

// While it lives, lines leave on a thread of its own through a bounded queue, so that a terminal or pipe that hangs
// holds up nobody; when it is full the oldest are dropped and counted. One at a time, owned by main. Its end writes
// what is queued; events after that, of threads that were left behind, are written directly.
class Queue {
 public:
  Queue();
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  struct Lines;

 private:
  std::unique_ptr<Lines> lines_;
};

bool enabled(Level level) noexcept;
void event(Level level, std::string_view message, std::initializer_list<Field> fields);
std::uint64_t dropped_events();  // of the queue there is

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::debug)) event(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  event(Level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
  event(Level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  event(Level::error, message, fields);
}

// The line `event` writes, without the queue: for tests.
std::string format_line(Format format, Level level, std::string_view time, std::string_view message,
                        std::initializer_list<Field> fields);

}  // namespace base::log
