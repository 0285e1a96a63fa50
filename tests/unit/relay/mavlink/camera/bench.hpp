// A camera with a clock of the test's own, and what it did.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <variant>
#include <vector>

#include "server/relay/mavlink/camera/camera.hpp"

namespace mavlink::camera {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Address station{255, component::ground_station};
constexpr Address other_station{254, component::ground_station};
constexpr Peer station_peer{1, 1};
constexpr Peer other_peer{1, 2};

// Takes images and records, with modes, zoom (step, range) and focus (all); two streams, two storages of which the
// first can be formatted, three parameters.
Description full_description();

CommandLong command_long(std::uint16_t id, std::initializer_list<float> parameters, Address to = {1, 100},
                         std::uint8_t confirmation = 0);
CommandInt command_int(std::uint16_t id, std::initializer_list<float> parameters, Address to = {1, 100});

struct Bench {
  explicit Bench(Description description = full_description(), std::int32_t image_count = 0, bool online = true);

  void hear(const Message& message, Address from = station, Peer peer = station_peer,
            Permission permission = Permission::granted);
  // The result of the acknowledgement, which comes first and alone; nothing: there was none.
  std::optional<int> command(std::uint16_t id, std::initializer_list<float> parameters, Address from = station,
                             Peer peer = station_peer);
  // Waking up whenever the camera wants to.
  void run(milliseconds time);
  void image(bool ok = true);  // of the last ask
  void done(bool ok = true);   // the last ask
  void answer_pages();         // from `log`
  void collect();              // what `out` has

  template <class M>
  std::vector<M> sent() const {
    std::vector<M> found;
    for (const auto& outgoing : all)
      if (const auto* message = std::get_if<M>(&outgoing.message)) found.push_back(*message);
    return found;
  }
  template <class W>
  std::size_t asked() const {
    std::size_t count = 0;
    for (const auto& ask : asks) count += std::holds_alternative<W>(ask.wish) ? 1 : 0;
    return count;
  }
  void clear();  // what was sent, asked and noted so far

  base::Now now;
  Camera camera;
  Actions out;
  std::vector<Outgoing> all;
  std::vector<milliseconds> at;  // of `all`, since the start
  std::vector<Ask> asks;
  std::vector<PageRequest> pages;
  std::vector<Note> notes;
  std::vector<ImageRecord> log;  // what was kept

 private:
  base::SteadyTime start_;
};

}  // namespace mavlink::camera
