// Our cameras on MAVLink, and ground stations that look at them. Where the server listens is the test's own, so that
// tests run side by side. Names of tests begin with the number of the requirement they hold the cameras to, where it
// has one.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

// One `event` of a peer with these values.
tests::Peer::Predicate event_of(std::string_view event, std::vector<std::pair<std::string, std::string>> values = {});

class Mavlink : public Relay {
 protected:
  static constexpr std::uint16_t link_port = 14'550;

  void SetUp() override;
  void TearDown() override;

  // A table of the relay's file; `tables` are lines of their own behind it. Link `number` is a UDP server of its own.
  static std::string link(int number = 0, std::string_view more = {});
  static std::string node(std::string_view cameras, std::string_view more = {}, std::string_view links = {});
  static std::string address(int number = 0) { return fmt::format("{}:{}", listening_address(number), link_port); }

  // As start_relay(), and files of the server have the address that public_url() says.
  void start_mavlink(const std::string& tables);
  void start_mavlink_again();
  static std::string public_url();

  // Of a station at that link. It looks as MAVSDK does, and asks nobody again and again by itself.
  static std::vector<std::string> station(std::vector<std::string> more = {}, int number = 0);
  // All of a camera was asked for, and came.
  static void wait_known(tests::Peer& station, int component = 100, int system = 1);
  // The MAV_RESULT of a control line that is a command; -1: there was none.
  static std::int64_t result(tests::Peer& station, const std::string& json);
  // The newest `event` that came.
  static std::optional<Row> newest(tests::Peer& station, std::string_view event);
  // The SHA-256 of what the station gets at that address, in hexadecimal; a failed test when it gets nothing.
  static std::string sha256_at(tests::Peer& station, const std::string& url);
  // All files, newest first.
  std::vector<Row> files(std::string_view query = {}) const { return list("/api/v1/media?" + std::string(query)); }

 private:
  std::filesystem::path mavlink_file_;
};

}  // namespace e2e
