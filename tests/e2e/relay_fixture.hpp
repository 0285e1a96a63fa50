// A server with a relay, the cameras and stages around it, and what its API says of them. Groups and listening
// addresses are the test's own, so that tests run side by side. Names of tests begin with the number of the promise
// they keep.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/fixture.hpp"
#include "tests/support/peer.hpp"

namespace e2e {

// An object of the API, flat: values within have keys like "fields.name". null counts as not there.
using Row = tests::PeerLine;

struct Said {
  int status = 0;
  std::string etag;
  Row body{"{}"};
};

// Sends edgertronic triggers, or anything else, to a multicast group of the loopback.
class GroupSender {
 public:
  GroupSender(const std::string& group, std::uint16_t port, const std::string& from = "127.0.0.1");
  ~GroupSender();
  GroupSender(const GroupSender&) = delete;
  GroupSender& operator=(const GroupSender&) = delete;
  void send(std::string_view bytes) const;
  void trigger(std::string_view name) const;  // with the usual payload

 private:
  int socket_ = -1;
  std::string group_;
  std::uint16_t port_ = 0;
};

class Relay : public EndToEnd {
 protected:
  using Wanted = std::function<bool(const Row&)>;

  static constexpr std::uint16_t group_port = 20'600;
  static constexpr std::uint16_t stage_port = 20'030;  // where the server hears stages

  // Of this test alone, `number` below 4.
  static std::string group(int number = 0);
  static std::string listening_address(int number = 0);
  static std::string listening() { return listening_address() + ":" + std::to_string(stage_port); }

  // Flags of an edgertronic camera that hears the group.
  static std::vector<std::string> camera_flags(const std::string& group, std::vector<std::string> more = {});
  // Tables of the relay's file.
  static std::string edgertronic(std::string_view name, const std::string& group, std::string_view more = {});
  static std::string camera_of(std::string_view name, tests::Peer& camera);  // one more line of the table before
  static std::string shogun(std::string_view name, tests::Peer& stage, std::string_view more = {});
  static std::string trendnet(std::string_view name, tests::Peer& camera, std::string_view more = {});

  // Writes the file, and (re)starts the server with it.
  void start_relay(const std::string& tables);
  void start_again();  // with the same file
  std::filesystem::path write_file(const std::string& tables, const std::string& head = usual_head) const;
  inline static const std::string usual_head = "[relay]\ninterfaces = [\"127.0.0.1\"]\n";

  Said ask(std::string_view method, std::string_view target, std::string_view body = {},
           std::string_view headers = {}) const;
  Said put_rules(std::string_view rules) const;
  Said arm(std::string_view which, std::string_view body) const;  // "global", "rule/pitch"
  // An event by hand; the id of its row.
  std::string trigger(std::string_view kind, std::string_view fields = "{}", int hops = 0) const;
  std::string command(std::string_view target, std::string_view body) const;
  // The items of a list, newest first.
  std::vector<Row> list(std::string_view target) const;
  std::vector<Row> rows(std::string_view query = {}) const {
    return list("/api/v1/triggers?limit=200&" + std::string(query));
  }
  // A row by itself, which has the raw bytes, too.
  Row whole(const Row& row) const { return ask("GET", "/api/v1/triggers/" + row.text("id")).body; }
  // The newest row that is so, now or within tests::patience; empty, and a failed test, when there is none.
  Row wait_row(const Wanted& wanted, std::string_view query = {}) const;
  // The command for this target that has come to its outcome, of those the query asks for.
  Row outcome_of(std::string_view target, std::string_view query = {}) const;
  Row wait_take(const Wanted& wanted) const;
  Row wait_camera(std::string_view name, const Wanted& wanted) const;
  double metric(std::string_view line_begin) const;  // of the first line that begins so; 0 where there is none

 private:
  std::filesystem::path file_;
};

// Whether a row has these values: {"outcome", "confirmed"}.
std::function<bool(const Row&)> having(std::vector<std::pair<std::string, std::string>> values);

}  // namespace e2e
