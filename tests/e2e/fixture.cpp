#include "tests/e2e/fixture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/unit/http/client.hpp"
#include "tools/http/client.hpp"
#include "tools/sim/media_list.hpp"

namespace e2e {

namespace {
constexpr std::uint64_t bystander_device = 900;
constexpr unsigned first_bystander_file = 1'000'000;
constexpr std::size_t bystander_file_bytes = 40'000;
constexpr unsigned uploads_meanwhile = 5;
// An upload takes a few milliseconds; held up by another camera it would be seconds.
constexpr std::int64_t slow_ms = 5'000;
}  // namespace

tests::ServerStart EndToEnd::settings(std::vector<std::string> flags) const {
  flags.insert(flags.begin(), backend_.begin(), backend_.end());
  return {.data_dir = data_dir_, .flags = std::move(flags), .log_file = folder_ / "log"};
}

void EndToEnd::start(std::vector<std::string> flags) {
  server_.reset();
  server_ = std::make_unique<tests::ServerProcess>(settings(std::move(flags)));
  ASSERT_TRUE(server_->wait_ready()) << server_->log();
}

void EndToEnd::TearDown() {
  if (server_ && HasFailure()) ADD_FAILURE() << "log of the server:\n" << server_->log();
}

std::string print_of(base::ByteView bytes) {
  return fmt::format("{} bytes, {:016x}", bytes.size(), std::hash<std::string_view>{}(base::as_text(bytes)));
}

std::vector<std::string> prints(std::initializer_list<CameraFile> files) {
  std::vector<std::string> all;
  for (const CameraFile& file : files) all.push_back(print_of(file.bytes));
  return all;
}

std::vector<std::string> EndToEnd::stored(std::uint64_t imei) {
  http::Client client(server().http_url(), {});
  const auto items = sim::list_media(client, imei);
  if (!items) ADD_FAILURE() << items.error().message;
  std::vector<std::string> files;
  for (const auto& item : items.value_or(std::vector<sim::MediaItem>{})) {
    const auto bytes = client.get("/api/v1/media/" + item.id + "/content");
    if (!bytes) ADD_FAILURE() << bytes.error().message;
    files.push_back(print_of(bytes.value_or(base::Bytes{})));
  }
  return files;
}

int EndToEnd::http_status(const std::string& target) {
  return http::testing::get(server().port("http"), target).status;
}

std::string EndToEnd::http_body(const std::string& target) {
  return http::testing::get(server().port("http"), target).body;
}

std::string EndToEnd::newest_transfer(std::uint64_t imei, const std::string& member) {
  const auto page = nlohmann::json::parse(http_body("/api/v1/transfers?imei=" + std::to_string(imei)), nullptr, false);
  if (!page.is_object() || !page.contains("items") || page["items"].empty()) return {};
  const auto& value = page["items"][0].at(member);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Bystander::Bystander(const tests::ServerProcess& server) : thread_([&] { run(server); }) {}

Bystander::~Bystander() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Bystander::run(const tests::ServerProcess& server) {
  using Clock = std::chrono::steady_clock;
  for (unsigned number = 0; !stop_; ++number) {
    const auto began = Clock::now();
    WireCamera camera(server, imei(bystander_device), {.tls = false, .from = "127.0.0.99"});
    const CameraFile file = make_file(first_bystander_file + number, bystander_file_bytes);
    camera.upload(file) ? ++uploaded_ : ++failed_;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
    slowest_ms_ = std::max(slowest_ms_.load(), static_cast<std::int64_t>(took));
  }
}

void Bystander::expect_undisturbed() {
  const unsigned before = uploaded_;
  EXPECT_TRUE(tests::eventually([&] { return uploaded_ >= before + uploads_meanwhile || failed_ > 0; }));
  stop_ = true;
  thread_.join();
  EXPECT_EQ(failed_, 0U);
  EXPECT_GE(uploaded_, before + uploads_meanwhile);
  EXPECT_LT(slowest_ms_, slow_ms);
}

}  // namespace e2e
