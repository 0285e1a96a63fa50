// The trackers' server on the loopback, above a catalog that does as it is told.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <mutex>

#include "server/avl/command.hpp"
#include "server/net/avl_server.hpp"
#include "tests/support/client_socket.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/tracking/frames.hpp"
#include "tests/unit/tracking/memory_tracking_catalog.hpp"

namespace net {

const base::UtcTime avl_t0 = *base::parse_iso8601("2026-11-21T10:00:00Z");

inline base::Bytes avl_login(const base::Imei& imei) {
  base::Bytes bytes{0x00, 0x0f};
  for (const char digit : imei.str()) bytes.push_back(static_cast<std::uint8_t>(digit));
  return bytes;
}

inline base::Bytes avl_frame(const std::vector<tests::Said>& said) {
  base::Bytes bytes;
  avl::append_frame(tests::payload(said), bytes);
  return bytes;
}

inline base::Bytes avl_frame(base::UtcTime at = avl_t0, std::size_t count = 1) {
  std::vector<tests::Said> said;
  for (std::size_t n = 0; n < count; ++n) said.push_back({.at = at + std::chrono::seconds{n}});
  return avl_frame(said);
}

inline base::Bytes avl_text(const avl::Message& message) {
  base::Bytes bytes;
  avl::append_frame(*avl::encode_message(message), bytes);
  return bytes;
}

class AvlServerTest : public testing::Test {
 protected:
  AvlServerTest() {
    options_.listen = {{.host = "127.0.0.1"}};
    options_.udp = {{.host = "127.0.0.1"}};
    options_.node = "here";
    options_.compare_interval = std::chrono::milliseconds{5};
  }
  ~AvlServerTest() override { catalog_.let_go(); }

  base::Result<> create() {
    auto server = AvlServer::create(options_,
                                    {catalog_, writer_,
                                     [this](const base::Imei& imei) {
                                       const std::lock_guard lock(mutex_);
                                       linked_.push_back(imei.str());
                                     },
                                     [this](const base::Imei& imei, std::string_view text) {
                                       const std::lock_guard lock(mutex_);
                                       said_.push_back(fmt::format("{}: {}", imei.str(), text));
                                     }},
                                    registry_);
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
    return {};
  }
  void start() {
    const auto created = create();
    ASSERT_TRUE(created) << created.error().message;
    server_->start();
  }
  tests::ClientSocket connect(std::size_t listener = 0) {
    return tests::ClientSocket(server_->listening()[listener].port);
  }
  tests::ClientSocket log_in(const base::Imei& imei) {
    tests::ClientSocket socket = connect();
    socket.send(avl_login(imei));
    EXPECT_EQ(socket.read_exactly(1), base::Bytes{0x01});
    return socket;
  }
  // The number of records that are answered.
  static int answer(tests::ClientSocket& socket) {
    const base::Bytes bytes = socket.read_exactly(4);
    return bytes.size() == 4 ? static_cast<int>(base::load_be<std::uint32_t>(bytes.data())) : -1;
  }
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  std::vector<std::string> linked() {
    const std::lock_guard lock(mutex_);
    return linked_;
  }
  // The value behind `name` (with its labels) as /metrics shows it.
  std::string metric(const std::string& name) {
    const std::string text = "\n" + prometheus::TextSerializer().Serialize(registry_.Collect());
    const std::size_t at = text.find("\n" + name + " ");
    if (at == std::string::npos) return "none";
    const std::size_t begin = at + name.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  tests::TempFolder folder_;
  AvlServerOptions options_;
  tests::MemoryTrackingCatalog catalog_;
  prometheus::Registry registry_;
  tracking::RecordWriter writer_{catalog_, registry_};
  std::mutex mutex_;
  std::vector<std::string> linked_;
  std::vector<std::string> said_;
  std::unique_ptr<AvlServer> server_;
};

}  // namespace net
