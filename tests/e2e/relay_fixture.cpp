#include "tests/e2e/relay_fixture.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/unit/http/client.hpp"

namespace e2e {

namespace {
// Three bytes that are those of no other process at this time, and the number below 4.
std::string own_bytes(int number) {
  const auto pid = static_cast<unsigned>(getpid());
  return fmt::format("{}.{}.{}", (pid >> 14U) & 0xffU, (pid >> 6U) & 0xffU,
                     ((pid & 0x3fU) << 2U) + static_cast<unsigned>(number));
}

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::runtime_error(host + " is no address");
  return address;
}

template <class Found>
Row waited(Found&& found, const char* what) {
  std::optional<Row> row;
  if (!tests::eventually([&] { return (row = found()).has_value(); })) ADD_FAILURE() << "no such " << what;
  return row.value_or(Row("{}"));
}
}  // namespace

GroupSender::GroupSender(const std::string& group, std::uint16_t port, const std::string& from)
    : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), group_(group), port_(port) {
  const sockaddr_in source = address_of(from, 0);
  const in_addr through = address_of("127.0.0.1", 0).sin_addr;
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0 ||
      setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof through) != 0)
    throw std::runtime_error("no socket for multicast on the loopback");
}

GroupSender::~GroupSender() {
  close(socket_);
}

void GroupSender::send(std::string_view bytes) const {
  const sockaddr_in to = address_of(group_, port_);
  const auto sent = sendto(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  EXPECT_EQ(sent, static_cast<ssize_t>(bytes.size()));
}

void GroupSender::trigger(std::string_view name) const {
  send(std::string("\x05\xAA\x95\x44") + std::string(name) + '\0');
}

std::string Relay::group(int number) {
  return "239." + own_bytes(number);
}

std::string Relay::listening_address(int number) {
  return "127." + own_bytes(number);
}

std::vector<std::string> Relay::camera_flags(const std::string& group, std::vector<std::string> more) {
  std::vector<std::string> flags{"--group", group, "--port", std::to_string(group_port)};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

std::string Relay::edgertronic(std::string_view name, const std::string& group, std::string_view more) {
  return fmt::format("[[edgertronic]]\nname = \"{}\"\naddress = \"{}\"\nport = {}\nloopback = true\n{}\n", name, group,
                     group_port, more);
}

std::string Relay::camera_of(std::string_view name, tests::Peer& camera) {
  return fmt::format("[[edgertronic.camera]]\nname = \"{}\"\nurl = \"http://127.0.0.1:{}\"\n", name,
                     camera.port("http"));
}

std::string Relay::shogun(std::string_view name, tests::Peer& stage, std::string_view more) {
  return fmt::format(
      "[[shogun]]\nname = \"{}\"\naddress = \"{}\"\nport = {}\nto = [\"127.0.0.1:{}\"]\ndatabase_path = \"D:/T\"\n{}\n",
      name, listening_address(), stage_port, stage.port(), more);
}

std::string Relay::trendnet(std::string_view name, tests::Peer& camera, std::string_view more) {
  return fmt::format("[[trendnet]]\nname = \"{}\"\nurl = \"http://127.0.0.1:{}\"\n{}\n", name, camera.port(), more);
}

std::filesystem::path Relay::write_file(const std::string& tables, const std::string& head) const {
  const auto path = folder_ / "relay.toml";
  std::ofstream(path) << head << tables;
  return path;
}

void Relay::start_relay(const std::string& tables) {
  file_ = write_file(tables);
  start_again();
}

void Relay::start_again() {
  start({"--relay", file_.string()});
}

Said Relay::ask(std::string_view method, std::string_view target, std::string_view body,
                std::string_view headers) const {
  std::string all(headers);
  if (!body.empty()) all += "Content-Type: application/json\r\n";
  const auto answer = http::testing::request(server_->port("http"), method, target, all, body);
  return {.status = answer.status, .etag = answer.header("etag"), .body = Row(answer.body)};
}

Said Relay::put_rules(std::string_view rules) const {
  const Said standing = ask("GET", "/api/v1/relay/rules");
  return ask("PUT", "/api/v1/relay/rules", rules, fmt::format("If-Match: {}\r\n", standing.etag));
}

Said Relay::arm(std::string_view which, std::string_view body) const {
  return ask("PUT", fmt::format("/api/v1/relay/arms/{}", which), body);
}

std::string Relay::trigger(std::string_view kind, std::string_view fields, int hops) const {
  const Said said =
      ask("POST", "/api/v1/triggers", fmt::format(R"({{"kind": "{}", "fields": {}, "hops": {}}})", kind, fields, hops));
  EXPECT_EQ(said.status, 202) << said.body.raw();
  return said.body.text("id");
}

std::string Relay::command(std::string_view target, std::string_view body) const {
  const Said said = ask("POST", fmt::format("/api/v1/cameras/{}/commands", target), body);
  EXPECT_EQ(said.status, 202) << said.body.raw();
  return said.body.text("id");
}

std::vector<Row> Relay::list(std::string_view target) const {
  const auto answer = http::testing::get(server_->port("http"), target);
  const auto page = nlohmann::json::parse(answer.body, nullptr, false);
  std::vector<Row> items;
  if (answer.status != 200 || !page.is_object() || !page.contains("items")) {
    ADD_FAILURE() << target << ": " << answer.status << ' ' << answer.body;
    return items;
  }
  for (const auto& item : page["items"]) items.emplace_back(item.dump());
  return items;
}

Row Relay::wait_row(const Wanted& wanted, std::string_view query) const {
  return waited(
      [&]() -> std::optional<Row> {
        for (const Row& row : rows(query))
          if (wanted(row)) return row;
        return std::nullopt;
      },
      "row");
}

Row Relay::outcome_of(std::string_view target, std::string_view query) const {
  return wait_row(
      [&](const Row& row) {
        return !row.flag("incoming") && row.text("endpoint") == target && row.text("outcome") != "pending";
      },
      query);
}

Row Relay::wait_take(const Wanted& wanted) const {
  return waited(
      [&]() -> std::optional<Row> {
        for (const Row& take : list("/api/v1/takes"))
          if (wanted(take)) return take;
        return std::nullopt;
      },
      "take");
}

Row Relay::wait_camera(std::string_view name, const Wanted& wanted) const {
  return waited(
      [&]() -> std::optional<Row> {
        Row camera = ask("GET", fmt::format("/api/v1/cameras/{}", name)).body;
        return wanted(camera) ? std::optional(std::move(camera)) : std::nullopt;
      },
      "state of a camera");
}

double Relay::metric(std::string_view line_begin) const {
  const std::string text = http::testing::get(server_->port("http"), "/metrics").body;
  const auto place = text.find("\n" + std::string(line_begin));
  if (place == std::string::npos) return 0;
  const std::string line = text.substr(place + 1, text.find('\n', place + 1) - place - 1);
  return std::stod(line.substr(line.rfind(' ') + 1));
}

std::function<bool(const Row&)> having(std::vector<std::pair<std::string, std::string>> values) {
  return [values = std::move(values)](const Row& row) {
    return std::ranges::all_of(values, [&row](const auto& one) { return row.text(one.first) == one.second; });
  };
}

}  // namespace e2e
