#include "tests/e2e/mavlink_relay_fixture.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace e2e {

std::string MavlinkRelay::node(const std::vector<std::string>& links, std::string_view more) {
  return fmt::format("[[mavlink]]\nname = \"air\"\nlink = [ {} ]\n{}\n", fmt::join(links, ", "), more);
}

std::string MavlinkRelay::speaks_to(tests::Peer& peer, std::string_view more) {
  return fmt::format(R"({{ kind = "udp-client", address = "127.0.0.1", port = {}{} }})", peer.port(), more);
}

std::string MavlinkRelay::listens(int number, std::string_view more) {
  return fmt::format(R"({{ kind = "udp-server", address = "{}", port = {}{} }})", listening_address(number), link_port,
                     more);
}

std::vector<std::string> MavlinkRelay::to_server(int number, std::vector<std::string> more) {
  more.insert(more.end(), {"--connect", fmt::format("{}:{}", listening_address(number), link_port)});
  return more;
}

std::string MavlinkRelay::remote(std::string_view name, int component, int system, int device) {
  return fmt::format("[[mavlink.remote]]\nname = \"{}\"\nsystem = {}\ncomponent = {}\ndevice = {}\n", name, system,
                     component, device);
}

std::vector<Row> MavlinkRelay::events(std::string_view kind) const {
  std::vector<Row> found;
  for (const Row& row : rows("incoming=true"))
    if (row.text("kind") == kind) found.push_back(row);
  return found;
}

void MavlinkRelay::expect_none(std::string_view kind) const {
  for (const Row& row : events(kind)) ADD_FAILURE() << row.raw();
}

Row MavlinkRelay::told(std::string_view target, std::string_view body) const {
  return done(command(target, body));
}

Row MavlinkRelay::done(std::string_view id) const {
  return wait_row([&](const Row& row) { return row.text("id") == id && row.text("outcome") != "pending"; });
}

}  // namespace e2e
