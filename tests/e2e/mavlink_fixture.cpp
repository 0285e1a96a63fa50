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

std::vector<std::string> MavlinkAir::losses(int seed) {
  if (!lossy()) return {};
  return {"--lose", "15", "--lose-acks", "30", "--seed", std::to_string(seed), "--hurry", "4"};
}

std::vector<std::string> MavlinkAir::over_air(std::vector<std::string> more, int number, int seed) {
  more.emplace_back("--trace");
  for (std::string& flag : losses(seed)) more.push_back(std::move(flag));
  return station(std::move(more), number);
}

void MavlinkAir::meet(tests::Peer& station, int component, int system) {
  if (!lossy()) return wait_known(station, component, system);
  const std::pair<std::string, std::string> of_system{"system", std::to_string(system)};
  const std::pair<std::string, std::string> of_component{"component", std::to_string(component)};
  ASSERT_TRUE(station.wait_for(event_of("component", {of_system, of_component})));
  const auto known = event_of("known", {of_system, of_component, {"storages", "1"}});
  // An inquiry ends in either.
  const auto ended = [&](const Row& line) {
    return (line.event() == "known" || line.event() == "unidentified") && having({of_system, of_component})(line);
  };
  std::optional<Row> end;
  std::size_t from = 0;
  for (int tries = 0; tries < most_tries && !(end && known(*end)); ++tries) {
    if (tries > 0) {
      from = station.lines().size();
      station.ask(fmt::format(R"({{"do": "identify", "system": {}, "component": {}}})", system, component));
    }
    end = station.wait_for(ended, tests::patience, from);
    ASSERT_TRUE(end);
  }
  EXPECT_TRUE(known(*end)) << end->raw();
}

std::int64_t MavlinkAir::told(tests::Peer& station, const std::string& json) {
  std::int64_t said = -1;
  for (int tries = 0; said < 0 && tries < (lossy() ? most_tries : 1); ++tries) said = result(station, json);
  return said;
}

Row MavlinkAir::answer(tests::Peer& station, const std::string& json, const tests::Peer::Predicate& wanted) {
  std::optional<Row> said;
  EXPECT_TRUE(tests::eventually([&] {
    said.emplace(station.ask(json));
    return wanted(*said);
  })) << json
      << (said ? said->raw() : "");
  return said ? *said : Row("{}");
}

Row MavlinkAir::message(tests::Peer& station, int id, int component) {
  return answer(station, fmt::format(R"({{"do": "request", "message": {}, "component": {}}})", id, component),
                [](const Row& row) { return row.flag("came"); });
}

std::int64_t MavlinkAir::taken(tests::Peer& station, int component) {
  constexpr int capture_status = 262;
  std::optional<Row> status;
  EXPECT_TRUE(tests::eventually([&] {
    status.emplace(message(station, capture_status, component));
    return status->text("fields.image_status") == "0";
  }));
  return status ? status->integer("fields.image_count") : -1;
}

bool MavlinkAir::knows_images(tests::Peer& station, std::size_t count) {
  if (count == 0 || !lossy()) return station.wait_count("image", count);
  taken(station);
  const std::string last = fmt::format("indices.{}", count - 1);
  return tests::eventually([&] { return station.ask(R"({"do": "images", "first": 0})").has(last); });
}

tests::Peer::Predicate MavlinkAir::sent(std::string_view name,
                                        std::vector<std::pair<std::string, std::string>> values) {
  values.emplace_back("name", name);
  return [said = having(std::move(values))](const Row& line) {
    return (line.event() == "received" || (line.event() == "lost" && line.text("direction") == "in")) && said(line);
  };
}

std::string air_name(const testing::TestParamInfo<Air>& air) {
  return air.param == Air::lossy ? "lossy" : "clean";
}

}  // namespace e2e
