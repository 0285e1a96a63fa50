#include "tests/unit/net_relay/http_malformed.hpp"

#include <array>
#include <functional>
#include <random>
#include <string_view>

namespace net::relay {

namespace {
using namespace std::string_literals;
using Random = std::mt19937_64;
using End = Malformed::End;

std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

std::string any_bytes(Random& random, std::size_t count) {
  std::string bytes;
  for (std::size_t n = 0; n < count; ++n) bytes.push_back(static_cast<char>(below(random, 256)));
  return bytes;
}

std::string one_of(Random& random, const std::vector<std::string>& choices) {
  return choices[below(random, choices.size())];
}

std::string good() {
  return "HTTP/1.1 200 OK\r\nServer: camera\r\nContent-Length: 20\r\nContent-Type: "
         "text/plain\r\n\r\n01234567890123456789";
}

Malformed cut_anywhere(Random& random) {
  return {.kind = "cut", .pieces = {good().substr(0, below(random, good().size()))}};
}

Malformed changed_bytes(Random& random) {
  std::string text = good();
  for (std::size_t n = 1 + below(random, 6); n > 0; --n)
    text[below(random, text.size())] = static_cast<char>(below(random, 256));
  return {.kind = "changed", .pieces = {text}};
}

Malformed odd_status(Random& random) {
  return {.kind = "status",
          .pieces = {one_of(random, {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 abc OK",
                                     "HTTP/9.9 200 OK", "HTTP/ 200 OK", "HTTP/1.1 -200 OK", "HTTP/1.1 000 OK",
                                     "HTTP/1.1 101 Switching", "HTTP/2 200", "http/1.1 200 ok", "ICY 200 OK"}) +
                     "\r\nContent-Length: 2\r\n\r\nxx"}};
}

Malformed other_protocol(Random& random) {
  return {
      .kind = "protocol",
      .pieces = {one_of(random, {"SSH-2.0-OpenSSH_9.2\r\n", "220 ftp ready\r\n", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n",
                                 "\x16\x03\x01\x00\x05hello"s, "<html>error</html>",
                                 "\x00\x00\x00\x08\xff\xff\xff\xff"s, any_bytes(random, 1 + below(random, 3000))})}};
}

Malformed endless_headers(Random& random) {
  const std::string piece = below(random, 2) == 0 ? "X-Camera: yes\r\n"s : std::string(1 + below(random, 5000), 'h');
  return {.kind = "headers", .pieces = {"HTTP/1.1 200 OK\r\n", piece}, .end = End::flood};
}

Malformed odd_length(Random& random) {
  const std::string length = one_of(random, {"-1", "99999999999999999999999", "18446744073709551615", "4294967296",
                                             "abc", "0x10", "1e3", "", "5, 6", "+5", " ", "2147483647"});
  return {.kind = "length",
          .pieces = {"HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\nhello"},
          .end = below(random, 2) == 0 ? End::close : End::hold};
}

Malformed two_lengths(Random& random) {
  return {.kind = "two lengths",
          .pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: " + std::to_string(below(random, 100)) +
                     "\r\n" + (below(random, 2) == 0 ? "Transfer-Encoding: chunked\r\n" : "") + "\r\nhello"},
          .end = End::hold};
}

Malformed zero_bytes(Random& random) {
  std::string text = good();
  text.insert(below(random, text.find("\r\n\r\n")), 1 + below(random, 3), '\0');
  return {.kind = "zeros", .pieces = {text}};
}

Malformed broken_chunks(Random& random) {
  const std::string chunks =
      one_of(random, {"zz\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX5\r\nhello\r\n", "ffffffffffffffffff\r\nhello",
                      "-5\r\nhello", "5\r\nhel", "5;" + std::string(70'000, 'x') + "\r\nhello\r\n0\r\n\r\n", "\r\n\r\n",
                      "0\r\n" + std::string(30'000, 't'), "5\r\nhello\r\n0\r\nA: b\r\n"});
  return {.kind = "chunks",
          .pieces = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunks},
          .end = below(random, 2) == 0 ? End::close : End::hold};
}

Malformed drip(Random& random) {
  std::vector<std::string> pieces;
  const std::size_t from = below(random, good().size());
  pieces.push_back(good().substr(0, from));
  for (const char c : good().substr(from)) pieces.emplace_back(1, c);
  return {.kind = "drip", .pieces = std::move(pieces), .pause = std::chrono::milliseconds{40}, .end = End::hold};
}

Malformed early_end(Random& random) {
  return {.kind = "early end",
          .pieces = {good().substr(0, below(random, good().size()))},
          .end = below(random, 2) == 0 ? End::reset : End::close};
}

Malformed silence(Random& random) {
  return {.kind = "silence", .pieces = {good().substr(0, below(random, good().size()))}, .end = End::hold};
}

Malformed huge_body(Random& random) {
  return {.kind = "huge body",
          .pieces = {below(random, 2) == 0 ? "HTTP/1.0 200 OK\r\n\r\n"
                                           : "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n",
                     std::string(60'000, 'b')},
          .end = End::flood};
}

// A mebibyte of zeros, a thousand times smaller; nobody asked for it packed.
Malformed bomb(Random& random) {
  std::string packed = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"s;
  packed += any_bytes(random, 1000);
  return {.kind = "packed",
          .pieces = {"HTTP/1.1 200 OK\r\n"s + (below(random, 2) == 0 ? "Content" : "Transfer") + "-Encoding: " +
                         one_of(random, {"gzip", "deflate", "br", "gzip, gzip, gzip", "x"}) + "\r\n\r\n",
                     packed},
          .end = End::flood};
}

Malformed broken_stream(Random& random) {
  const std::string frame = "--video boundary--\r\nContent-length: 10\r\n\r\n" + any_bytes(random, 10) + "\r\n\r\n";
  return {.kind = "stream",
          .pieces = {"HTTP/1.0 200 OK\r\nContent-type: multipart/x-mixed-replace;boundary=--video boundary--\r\n\r\n",
                     frame, frame.substr(0, below(random, frame.size())), any_bytes(random, below(random, 5000))},
          .end = one_of(random, {"a", "b", "c"}) == "a" ? End::flood : End::hold};
}

constexpr std::array<Malformed (*)(Random&), 15> makers{
    cut_anywhere,  changed_bytes, odd_status, other_protocol, endless_headers, odd_length, two_lengths,  zero_bytes,
    broken_chunks, drip,          early_end,  silence,        huge_body,       bomb,       broken_stream};
}  // namespace

Malformed malformed(std::uint64_t number) {
  Random random(number);
  return makers[number % makers.size()](random);
}

void Malformed::play(tests::ScriptedServer::Connection& connection) const {
  for (const std::string& each : pieces) {
    if (!connection.send(each)) return;
    if (pause.count() > 0) connection.pause(pause);
  }
  if (end == End::reset) connection.reset();
  if (end == End::hold) connection.wait_for_client_to_leave();
  while (end == End::flood && connection.send(pieces.back())) {
  }
}

}  // namespace net::relay
