// A small HTTP client over raw sockets, so that tests decide every byte and every pause.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace http::testing {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool whole = false;  // as many bytes as Content-Length says

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

class Connection {
 public:
  // `receive_buffer` of 0 leaves it to the kernel.
  explicit Connection(std::uint16_t port, int receive_buffer = 0);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool connected() const noexcept { return fd_ >= 0; }
  bool send(std::string_view bytes);  // false once the server has closed
  void send_get(std::string_view target, std::string_view extra_headers = {});
  void shut_sending();  // half-closed: still reads
  void reset();         // leaves with RST

  // One answer; `to_head`: there is a length and no body. Nothing when the connection ends, or
  // nothing comes for ten seconds, before the head is complete.
  std::optional<Answer> read_answer(bool to_head = false);
  // The head alone of an answer whose body has no length.
  std::optional<Answer> read_head();
  // The next chunk of its body; empty: the last one. Nothing when the connection ends or nothing comes for ten seconds.
  std::optional<std::string> read_chunk();
  // At least one byte, `most` at most; empty at the end or after ten seconds.
  std::string read_some(std::size_t most);
  bool ended();  // the server has closed, and within ten seconds

 private:
  bool fill();
  std::optional<std::string> read_exactly(std::size_t size);
  int fd_ = -1;
  std::string buffered_;
};

// A request on a connection of its own. status 0 when there was no answer.
Answer get(std::uint16_t port, std::string_view target, std::string_view extra_headers = {});
Answer request(std::uint16_t port, std::string_view method, std::string_view target,
               std::string_view extra_headers = {}, std::string_view body = {});

}  // namespace http::testing
