// Server-sent events (WHATWG HTML, 9.2) taken apart, wherever the stream is cut. Sans-IO.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace trigger {

struct ServerEvent {
  std::string id;    // the last one that was told, also when this event told none
  std::string type;  // "message" where it has none
  std::string data;  // lines joined by line feeds
};

class EventStream {
 public:
  using Take = std::function<void(const ServerEvent& event)>;
  // No event of ours is longer; what is, is no event stream.
  static constexpr std::size_t longest_event = 1 << 20;

  explicit EventStream(Take take) : take_(std::move(take)) {}

  // False: an event or a line is longer than `longest_event`.
  bool feed(std::string_view bytes);
  // The stream broke: an event that is not whole is dropped, with its id. What is fed next begins a stream.
  void broken();
  const std::string& last_id() const noexcept { return last_id_; }  // of events that were whole
  // How long the server wants its clients to wait before they come again, once it has said so.
  std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

 private:
  void line(std::string_view text);
  void field(std::string_view name, std::string_view value);
  void dispatch();

  const Take take_;
  std::string line_;           // not whole yet
  bool first_line_ = true;     // may begin with a byte order mark
  bool after_return_ = false;  // a line feed behind it belongs to the same line end
  ServerEvent event_;
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
  bool has_data_ = false;
};

}  // namespace trigger
