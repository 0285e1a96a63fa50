// Notifications in arbitrary bytes; the first one is the flavour of who listens.
#include <algorithm>

#include "server/base/utf8.hpp"
#include "server/relay/shogun/decode.hpp"
#include "server/relay/shogun/encode.hpp"
#include "server/relay/shogun/file_name.hpp"
#include "server/relay/shogun/identity.hpp"
#include "server/relay/shogun/takes.hpp"
#include "tests/fuzz/reader.hpp"

namespace {
void must(bool good) {
  if (!good) __builtin_trap();
}

// What is taken is text, and what is sent of it is understood as the same.
void check(const shogun::Notification& note) {
  for (const std::string* text : {&note.name, &note.database_path, &note.host_name, &note.session_name, &note.take})
    must(base::is_utf8(*text) && text->size() <= shogun::max_value_size * 3);
  must(note.delay.count() >= 0 && note.delay <= shogun::longest_delay);
  must(!shogun::tolerated_in_words(note.tolerated).empty() || note.tolerated == 0);
  const auto sent = shogun::encode(note);
  if (!sent) return;
  const auto again = shogun::decode(*sent);
  must(again.has_value() && again->tolerated == 0);
  must(again->kind == note.kind && again->name == note.name && again->database_path == note.database_path);
  must(again->packet_id == note.packet_id);
  if (note.kind == shogun::Kind::start) must(again->notes == note.notes && again->delay == note.delay);
}

// The datagram as the beginning of many, over and over.
void join(const shogun::Notification& note, shogun::Takes& takes, base::SteadyTime& now) {
  for (const auto kind : {note.kind, shogun::Kind::stop, shogun::Kind::complete, shogun::Kind::start}) {
    shogun::Notification other = note;
    other.kind = kind;
    now += std::chrono::minutes{7};
    takes.add(other, now);
    must(takes.under_way() <= 4);
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static shogun::Takes takes({.most = 4});
  static base::SteadyTime now;
  fuzz::Reader reader{{data, size}};
  const auto flavour = static_cast<shogun::Flavour>(reader.byte() % 7);
  const auto note = shogun::decode(reader.left, flavour);
  if (!note) {
    must(!shogun::sentence(note.error()).empty());
    return 0;
  }
  check(*note);
  join(*note, takes, now);
  must(shogun::identity_of(*note) == shogun::identity_of(*note));
  const std::string name = shogun::sanitise_name(note->name);
  must(base::is_utf8(name) && name.size() <= shogun::max_file_name_size + 1 &&
       shogun::sanitise_name(name).size() <= name.size());
  return 0;
}
