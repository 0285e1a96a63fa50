#include "tests/e2e/event_fixture.hpp"

#include <fmt/format.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "server/base/bytes.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {

namespace {
constexpr const char* stored = "media.stored";

std::string header(const std::string& head, const std::string& name) {
  const auto begin = head.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return {};
  const auto value = begin + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

// As docs/events.md tells receivers to, and not with the server's own code.
std::string hmac(const std::string& secret, const std::string& text) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const base::ByteView bytes = base::as_bytes(text);
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(), digest.data(), &size);
  return base::to_hex(base::ByteView(digest).first(size));
}

std::string file_of(const nlohmann::json& event) {
  if (event.value("type", "") != stored) return {};
  return event["data"]["media"]["id"].get<std::string>();
}
}  // namespace

bool ReceivedEvent::signed_by(const std::string& secret) const {
  const auto comma = signature.find(",v1=");
  if (!signature.starts_with("t=") || comma == std::string::npos) return false;
  return hmac(secret, signature.substr(2, comma - 2) + "." + body) == signature.substr(comma + 4);
}

Receiver::Receiver() : server_([this](tests::ScriptedServer::Connection& connection) { take(connection); }) {}

void Receiver::refuse(int deliveries) {
  const std::lock_guard lock(mutex_);
  refuse_ = deliveries;
}

void Receiver::take(tests::ScriptedServer::Connection& connection) {
  for (std::string head = connection.read_head(); !head.empty(); head = connection.read_head()) {
    const auto length = std::strtoul(header(head, "Content-Length").c_str(), nullptr, 10);
    ReceivedEvent event{.body = connection.read_exactly(length), .signature = header(head, "Dualcam-Signature")};
    const auto json = nlohmann::json::parse(event.body, nullptr, false);
    if (!json.is_object()) return;
    event.id = header(head, "Dualcam-Event-Id");
    event.type = json.value("type", "");
    event.device = json.value("device", "");
    event.file = file_of(json);
    event.signed_well = json.value("id", "") == event.id && event.signed_by("a secret of made up words");
    bool refused = false;
    {
      const std::lock_guard lock(mutex_);
      attempts_.push_back(event.id);
      refused = refuse_ > 0;
      if (refused)
        --refuse_;
      else
        events_.push_back(std::move(event));
    }
    connection.send(fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\n\r\n", refused ? "500 Not now" : "204 Taken"));
  }
}

std::vector<std::string> Receiver::attempts() {
  const std::lock_guard lock(mutex_);
  return attempts_;
}

std::vector<ReceivedEvent> Receiver::events() {
  const std::lock_guard lock(mutex_);
  return events_;
}

std::vector<std::string> Receiver::files() {
  std::vector<std::string> files;
  for (const ReceivedEvent& event : events())
    if (!event.file.empty()) files.push_back(event.file);
  return files;
}

std::vector<std::string> Receiver::first_times() {
  std::vector<std::string> first;
  for (const std::string& file : files())
    if (std::ranges::find(first, file) == first.end()) first.push_back(file);
  return first;
}

std::map<std::string, std::set<std::string>> Receiver::ids_of_files() {
  std::map<std::string, std::set<std::string>> ids;
  for (const ReceivedEvent& event : events())
    if (!event.file.empty()) ids[event.file].insert(event.id);
  return ids;
}

bool Receiver::wait_stored(std::size_t count) {
  return tests::eventually([&] { return files().size() >= count; });
}

std::vector<std::string> EventTest::with_secret(std::vector<std::string> flags) {
  flags.insert(flags.end(), {"--events-secret", secret});
  return flags;
}

void EventTest::upload(unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    EXPECT_TRUE(WireCamera(server(), imei(1)).upload(make_file(++uploaded_))) << server().log();
}

std::vector<std::string> EventTest::files_at(std::uint16_t http_port) {
  const auto page = nlohmann::json::parse(
      http::testing::get(http_port, fmt::format("/api/v1/media?limit=100&imei={}", imei(1))).body);
  std::vector<std::string> files;
  for (const auto& item : page["items"]) files.push_back(item["id"].get<std::string>());
  std::ranges::reverse(files);
  return files;
}

std::vector<std::string> EventTest::files_of(const tests::NatsServer& nats) {
  std::vector<std::string> files;
  for (const tests::NatsMessage& message : nats.messages("dualcam"))
    if (auto file = file_of(nlohmann::json::parse(message.body)); !file.empty()) files.push_back(std::move(file));
  return files;
}

}  // namespace e2e
