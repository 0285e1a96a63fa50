// What endpoints are given to work with, with a thread that is the test's own.
#pragma once

#include <asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/endpoints/host.hpp"

namespace endpoints {

class FakeHost final : public Host {
 public:
  FakeHost() : http_(std::move(*net::relay::HttpClient::open(context_, {}))) {}

  asio::io_context& context() noexcept override { return context_; }
  net::relay::HttpClient& http() noexcept override { return *http_; }
  base::WorkerPool& pool() noexcept override { return pool_; }
  hub::Now now() const override { return {base::steady_now(), base::utc_now()}; }
  base::Uuid new_id(base::UtcTime now) override { return base::Uuid::v7(now); }
  void heard(hub::Event event) override { events.push_back(std::move(event)); }
  void refused(Refused) override {}
  void misread(std::string_view what) override { ++misreadings[std::string(what)]; }
  void sent(hub::Protocol, std::string_view, std::chrono::milliseconds) override {}
  void health_changed(const std::string&) override {}

  std::vector<hub::Event> events;
  std::map<std::string, unsigned> misreadings;

 private:
  asio::io_context context_;
  std::unique_ptr<net::relay::HttpClient> http_;
  base::WorkerPool pool_{"test", 1, 4};
};

}  // namespace endpoints
