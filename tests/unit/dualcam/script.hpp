// Conversations as tables: what happens, and the actions the session answers with.
//
//   play({
//       {begins(),               {"wait 60s"}},
//       {device(init(photof)),   {"wait 60s", "identify"}},
//       {admitted(),             {"send META REQ %photof", "wait 15s"}},
//       ...
//
// play() runs a table once as it stands, and then again in every way that must not matter: fed one byte at a time,
// with each read cut in two at every byte, with everything the device says in as few reads as possible; and with
// every step followed by each failure there is. In all of them the driver watches what must always hold.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/dualcam/session.hpp"
#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/driver.hpp"

namespace dualcam::test {

// What happens in one step: bytes of the device, or a call.
struct Stimulus {
  base::Bytes bytes;
  std::function<void(Driver&)> call;
  bool is_answer = false;  // the driver's answer, which may come after bytes that were sent later
};

Stimulus begins();
Stimulus device(base::Bytes bytes);
template <class... More>
Stimulus device(base::Bytes first, More... more) {
  return device(join({std::move(first), std::move(more)...}));
}
Stimulus deadline_passes();
Stimulus device_leaves();
Stimulus admitted();
Stimulus admitted(const ClassOrder& order);
Stimulus refused();
Stimulus opened();
Stimulus opened(base::ByteView kept, std::size_t overlap_offset, bool complete = false);
Stimulus stored(base::ByteView expected);  // fails the test unless exactly these bytes were written
Stimulus stored();
Stimulus not_whole();
Stimulus storage_fails();
Stimulus shut_down(bool polite);

struct Step {
  Stimulus stimulus;
  Lines actions;  // "close" also stands for "close: any reason"
};
using Script = std::vector<Step>;

// Once, as it stands; the driver is left for more questions.
std::unique_ptr<Driver> play_once(const Script& script, const Terms& terms = {});
// In every way.
void play(const Script& script, const Terms& terms = {});
// Only with reads cut in two at every byte, at single bytes and joined, not with every step failed.
void play_cut(const Script& script, const Terms& terms = {});

Script operator+(Script front, const Script& back);

// The opening that most conversations share, up to the first DATA of a front photo of `packets` packets.
Script photo_announced(std::uint32_t packets);
Script photo_in_transfer(std::uint32_t packets);

}  // namespace dualcam::test
