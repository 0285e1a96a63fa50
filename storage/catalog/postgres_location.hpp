// Where a PostgreSQL catalog is, and how long it may take over things.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace storage::postgres {

struct Patience {
  // To a server that does not answer; libpq counts whole seconds, 2 at least.
  std::chrono::seconds connect{3};
  // The server ends a statement itself after this: the longest page of ours takes a hundredth.
  std::chrono::milliseconds statement{5'000};
  // Beyond that, for an answer from a server that has stopped or vanished: its connection is broken off by us.
  std::chrono::milliseconds silence{2'000};
  // A write is tried again over lost connections so long: rides over a restart or a failover, well within the time a
  // camera waits for its file to be stored.
  std::chrono::milliseconds write{20'000};
  // A read, likewise: there is a person waiting.
  std::chrono::milliseconds read{5'000};
  // One migration, or the wait for another process that migrates.
  std::chrono::milliseconds migration = std::chrono::hours{1};
};

class Location {
 public:
  static bool is_meant_by(std::string_view url);
  // A libpq URI: several hosts, TLS and every other parameter of libpq may stand in it. Errors never quote it.
  static base::Result<Location> parse(std::string_view url);

  // For libpq, with the password. What the URL does not say about time limits is filled in.
  std::string connection_string() const;
  // Without password and parameters.
  const std::string& describe() const noexcept { return description_; }

  Patience patience;

 private:
  std::string parameters_;  // name='value' …, as given
  std::string description_;
};

}  // namespace storage::postgres
