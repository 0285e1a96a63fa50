// A program of tests/e2e/peers as a child process: what it prints, line by line, and a way to tell it what to do.
// One thread at a time, and one that outlives it. What every line and control line means stands in the programs
// themselves.
//
//   Peer camera("edgertronic_camera.py", {"--port", "0"});
//   const std::uint16_t group_port = camera.port("port");
//   camera.ask(R"({"do": "drop", "numbers": [1]})");
//   ASSERT_TRUE(camera.wait_event("saved"));
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

// One line of a peer's output. Values within objects and arrays have keys like "values.Name" and "to.0".
class PeerLine {
 public:
  explicit PeerLine(std::string raw);

  const std::string& raw() const noexcept { return raw_; }
  bool is_json() const noexcept { return is_json_; }  // otherwise it is a traceback or the like
  std::string event() const { return text("event"); }
  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }  // null counts as not there
  std::string text(std::string_view key) const;  // empty where it is not there; numbers and true as JSON has them
  std::int64_t integer(std::string_view key, std::int64_t otherwise = -1) const;
  double number(std::string_view key, double otherwise = -1) const;
  bool flag(std::string_view key) const { return text(key) == "true"; }
  // When it was printed, on std::chrono::steady_clock of this machine; with "arrived_ms" when a datagram came to the
  // kernel.
  std::chrono::steady_clock::time_point at(std::string_view key = "mono_ms") const;

 private:
  std::string raw_;
  bool is_json_ = false;
  std::map<std::string, std::string, std::less<>> values_;
};

// Commands for `before`: a network of its own in which the loopback is up, any port may be taken and limited broadcasts
// stay; and the network which a process has, that was started so. Neither needs root. Skip a test where
// has_namespaces() is false: some containers forbid them.
std::vector<std::string> in_new_network();
std::vector<std::string> in_network_of(pid_t pid);
bool has_namespaces();

// Programs of tests/e2e/peers/mavlink can be started: Node and their packages are there. A test program that ctest does
// not start, or starts as a whole, has them only where the target mavlink_packages was built.
bool has_node();

class Peer {
 public:
  using Predicate = std::function<bool(const PeerLine&)>;

  // Starts `program` (a file name of tests/e2e/peers, or a whole path) with Python, or with Node one of
  // tests/e2e/peers/mavlink that ends in .mjs (which needs the ctest fixture mavlink_packages), and waits for its ready
  // line; throws with its output when there is none in time. `before` is a command in front of it, such as
  // in_new_network().
  explicit Peer(const std::string& program, std::vector<std::string> flags = {}, std::vector<std::string> before = {},
                std::chrono::milliseconds limit = patience);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();  // ends it; in a test that has failed, prints its lines

  // Of the ready line; empty or 0 where it has no such key.
  std::string ready(std::string_view key) const;
  std::uint16_t port(std::string_view key = "port") const;

  // All lines after the ready line so far.
  const std::vector<PeerLine>& lines();
  std::size_t count(const Predicate& predicate);
  std::size_t count(std::string_view event);
  // The first line, of those from the `from`-th on, that has come or comes within `limit`.
  std::optional<PeerLine> wait_for(const Predicate& predicate, std::chrono::milliseconds limit = patience,
                                   std::size_t from = 0);
  std::optional<PeerLine> wait_event(std::string_view event, std::chrono::milliseconds limit = patience,
                                     std::size_t from = 0);
  // This many lines of the event have come.
  bool wait_count(std::string_view event, std::size_t wanted, std::chrono::milliseconds limit = patience);

  // One control line, a JSON object. False when the peer has ended.
  bool tell(std::string_view json);
  // tell() with an id of its own; its `obeyed` line. Throws when there is none, or with the peer's reason when it
  // refused.
  PeerLine ask(std::string_view json, std::chrono::milliseconds limit = patience);

  pid_t pid() const noexcept { return process_->pid(); }
  bool running() { return process_->running(); }
  // Ends its input, which ends the peer; its exit code, or minus the signal.
  std::optional<int> end(std::chrono::milliseconds limit = patience);

 private:
  void read();
  void wait_ready(std::chrono::milliseconds limit);
  std::string output();

  std::string name_;
  TempFolder folder_;
  std::filesystem::path log_;
  int control_ = -1;  // our end of the socket pair that is its standard input
  std::optional<ChildProcess> process_;
  std::uintmax_t taken_ = 0;  // bytes of the log that are lines here
  std::string ready_;         // the ready line, when it has come
  std::vector<PeerLine> lines_;
  int asked_ = 0;
};

}  // namespace tests
