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

// What the air between does to frames: nothing, or it loses 30 % of the acknowledgements and 15 % of everything else,
// each way, always the same ones of a kind. Stations behave as MAVSDK does, with a person before them who tries again.
enum class Air { clean, lossy };

// Tests that hold on either. Each station loses what it sends and hears, so its trace knows of what was lost, too.
class MavlinkAir : public Mavlink, public testing::WithParamInterface<Air> {
 protected:
  static constexpr int most_tries = 20;

  static bool lossy() { return GetParam() == Air::lossy; }
  // What a station at this air loses, and by which dice; on lossy air its waits are a quarter of MAVSDK's.
  static std::vector<std::string> losses(int seed = 7);
  static std::vector<std::string> over_air(std::vector<std::string> more = {}, int number = 0, int seed = 7);
  // All of a camera was asked for, as often as needed, and came.
  static void meet(tests::Peer& station, int component = 100, int system = 1);
  // The MAV_RESULT of a command, which is given again and again until it is acknowledged; -1: it never was.
  static std::int64_t told(tests::Peer& station, const std::string& json);
  // The answer to a line that asks for something, until it is as wanted; the last one, and a failed test, when it never
  // was.
  static Row answer(tests::Peer& station, const std::string& json, const tests::Peer::Predicate& wanted);
  // A component's message of this id, as fields of `obeyed`.
  static Row message(tests::Peer& station, int id, int component = 100);
  // How many images the camera has taken when it takes none.
  static std::int64_t taken(tests::Peer& station, int component = 100);
  // The station knows of so many images; on lossy air when it has asked for what it missed.
  static bool knows_images(tests::Peer& station, std::size_t count);
  // That such a message came to the station's socket, where the air may have lost it.
  static tests::Peer::Predicate sent(std::string_view name,
                                     std::vector<std::pair<std::string, std::string>> values = {});
};

std::string air_name(const testing::TestParamInfo<Air>& air);
#define MAVLINK_BOTH_AIRS(fixture) \
  INSTANTIATE_TEST_SUITE_P(Mavlink, fixture, testing::Values(Air::clean, Air::lossy), air_name)

}  // namespace e2e
