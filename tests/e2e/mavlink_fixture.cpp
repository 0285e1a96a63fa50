#include "tests/e2e/mavlink_fixture.hpp"

#include <unistd.h>

#include "tests/support/ports.hpp"

namespace e2e {

tests::Peer::Predicate event_of(std::string_view event, std::vector<std::pair<std::string, std::string>> values) {
  values.emplace_back("event", event);
  return having(std::move(values));
}

void Mavlink::SetUp() {
  if (!tests::has_node()) GTEST_SKIP() << "no Node, or not its packages: build the target mavlink_packages";
}

void Mavlink::TearDown() {
  if (server_) Relay::TearDown();
}

std::string Mavlink::link(int number, std::string_view more) {
  return fmt::format("  {{ kind = \"udp-server\", address = \"{}\", port = {}{}{} }},\n", listening_address(number),
                     link_port, more.empty() ? "" : ", ", more);
}

std::string Mavlink::node(std::string_view cameras, std::string_view more, std::string_view links) {
  return fmt::format("[[mavlink]]\nname = \"air\"\npublic_url = \"{}\"\n{}\nlink = [\n{}]\ncamera = [ {} ]\n",
                     public_url(), more, links.empty() ? link() : std::string(links), cameras);
}

std::string Mavlink::public_url() {
  static const std::uint16_t port = tests::lasting_port(static_cast<std::uint64_t>(getpid()));
  return fmt::format("http://127.0.0.1:{}", port);
}

void Mavlink::start_mavlink(const std::string& tables) {
  mavlink_file_ = write_file(tables);
  start_mavlink_again();
}

void Mavlink::start_mavlink_again() {
  start({"--relay", mavlink_file_.string(), "--http-listen", public_url().substr(std::string_view("http://").size())});
}

std::vector<std::string> Mavlink::station(std::vector<std::string> more, int number) {
  std::vector<std::string> flags{"--connect", address(number), "--no-poll"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

void Mavlink::wait_known(tests::Peer& station, int component, int system) {
  EXPECT_TRUE(station.wait_for(event_of(
      "known", {{"system", std::to_string(system)}, {"component", std::to_string(component)}, {"storages", "1"}})))
      << system << '/' << component;
}

std::int64_t Mavlink::result(tests::Peer& station, const std::string& json) {
  return station.ask(json).integer("result");
}

std::optional<Row> Mavlink::newest(tests::Peer& station, std::string_view event) {
  std::optional<Row> found;
  for (const Row& line : station.lines())
    if (line.event() == event) found = line;
  return found;
}

std::string Mavlink::sha256_at(tests::Peer& station, const std::string& url) {
  const std::size_t from = station.lines().size();
  station.ask(R"({"do": "definition", "uri": ")" + url + "\"}");
  const auto got = station.wait_for(event_of("definition", {{"uri", url}}), tests::patience, from);
  EXPECT_TRUE(got && got->text("status") == "200") << url << ": " << (got ? got->raw() : "");
  return got ? got->text("sha256") : std::string();
}

}  // namespace e2e
