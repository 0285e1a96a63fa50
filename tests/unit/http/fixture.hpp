// A server on a free port of loopback over fakes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/http/feed.hpp"
#include "server/http/server.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/fake_jobs.hpp"
#include "tests/unit/http/fakes.hpp"

namespace http::testing {

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options.port = 0;
    options.workers = 2;
  }
  ~ServerTest() override {
    catalog.gate.open();
    server.reset();
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }

  void start() {
    auto started = Server::start(options, sources());
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }

  Sources sources() {
    return Sources{.catalog = catalog,
                   .objects = store,
                   .jobs = jobs,
                   .live_transfers = [this] { return live; },
                   .probes = probes,
                   .registry = registry,
                   .draining = [this] { return draining.load(); },
                   .version = "1.2.3",
                   .feed = feed.get(),
                   .relay = relay,
                   .relay_catalog = relay_catalog,
                   .live_view = live_view};
  }

  // Objects become files of a folder that goes with the test, and leave by sendfile.
  void keep_objects_in_files() {
    std::string name = ::testing::TempDir() + "dualcam-http-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = store.directory = name;
  }

  storage::Media add(storage::Media media, std::string bytes) {
    media.size = bytes.size();
    store.keep(media, std::move(bytes));
    catalog.media.push_back(media);
    return media;
  }

  std::uint16_t port() const { return server->port(); }
  Answer get(std::string_view target, std::string_view headers = {}) const {
    return http::testing::get(port(), target, headers);
  }

  Options options;
  FakeCatalog catalog;
  FakeStore store;
  FakeJobs jobs;
  std::vector<storage::Transfer> live;
  std::vector<Probe> probes;
  std::shared_ptr<prometheus::Registry> registry;
  std::atomic<bool> draining = false;
  std::unique_ptr<Feed> feed;
  Relay* relay = nullptr;
  storage::RelayCatalog* relay_catalog = nullptr;
  std::function<std::shared_ptr<LiveView>(std::string_view)> live_view;
  std::filesystem::path folder;
  std::unique_ptr<Server> server;
};

inline std::string item_path(const storage::Media& media) {
  return "/api/v1/media/" + media.id.str();
}

inline std::string content_path(const storage::Media& media) {
  return "/api/v1/media/" + media.id.str() + "/content";
}

}  // namespace http::testing
