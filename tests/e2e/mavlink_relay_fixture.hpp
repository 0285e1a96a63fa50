// A server that is a MAVLink ground station, with cameras and autopilots of another implementation on its links.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

class MavlinkRelay : public Relay {
 protected:
  static constexpr std::uint16_t link_port = 14'560;  // where the server listens, at addresses of the test's own
  static constexpr const char* camera_program = "camera.mjs";
  static constexpr const char* autopilot_program = "autopilot.mjs";

  // The table of the node "air" with these links; further tables behind it belong to it or follow it.
  static std::string node(const std::vector<std::string>& links, std::string_view more = {});
  static std::string speaks_to(tests::Peer& peer, std::string_view more = {});  // a link
  static std::string listens(int number = 0, std::string_view more = {});       // likewise; `number` below 4
  // Flags of a peer that speaks to listens(number).
  static std::vector<std::string> to_server(int number = 0, std::vector<std::string> more = {});
  static std::string remote(std::string_view name, int component, int system = 1, int device = 0);

  // The events of a kind, newest first.
  std::vector<Row> events(std::string_view kind) const;
  void expect_none(std::string_view kind) const;
  // A command by hand, and its row when it has come to its outcome.
  Row told(std::string_view target, std::string_view body) const;
  // The row of this id, once its outcome is known.
  Row done(std::string_view id) const;
  Row wait_online(std::string_view remote) const { return wait_camera(remote, having({{"state", "online"}})); }
};

}  // namespace e2e
