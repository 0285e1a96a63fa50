// A link of ours, driven in the thread of the test, and what it told.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/net/mavlink/link.hpp"
#include "tests/support/eventually.hpp"

namespace net::mavlink {

class Driven {
 public:
  explicit Driven(LinkOptions options) {
    options.name = "air";
    auto opened = Link::open(context_, std::move(options));
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      return;
    }
    link_ = std::move(*opened);
    link_->start(
        [this](const Chunk& chunk) {
          text[chunk.peer] += base::as_text(chunk.bytes);
          from[chunk.peer] = chunk.address;
          datagrams = chunk.datagram;
        },
        [this](const PeerChange& change) {
          (change.here ? came : went).push_back(change.peer);
          from[change.peer] = change.address;
        });
  }
  Link* operator->() const { return link_.get(); }
  void end() { link_.reset(); }

  template <class Condition>
  bool until(Condition&& condition) {
    const auto deadline = std::chrono::steady_clock::now() + tests::patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      run();
    }
    return true;
  }
  void run() {
    context_.restart();
    context_.run_for(std::chrono::milliseconds{2});
  }
  bool send(std::uint32_t peer, std::string_view bytes) {
    return static_cast<bool>(link_->send(peer, base::as_bytes(bytes)));
  }

  std::map<std::uint32_t, std::string> text;  // all that came, by peer
  std::map<std::uint32_t, std::string> from;
  std::vector<std::uint32_t> came;
  std::vector<std::uint32_t> went;
  bool datagrams = false;

 private:
  asio::io_context context_;
  std::unique_ptr<Link> link_;
};

inline base::Error error_of(LinkOptions options) {
  asio::io_context context;
  options.name = "air";
  const auto opened = Link::open(context, std::move(options));
  return opened ? base::Error{} : opened.error();
}

}  // namespace net::mavlink
