#include "server/relay/shogun/identity.hpp"

#include <string_view>

namespace shogun {

namespace {
// FNV-1a of 64 bit: the keys are few and live for seconds, and nobody is authenticated who could forge one.
class Hash {
 public:
  void add(std::uint8_t byte) noexcept { value_ = (value_ ^ byte) * 0x100000001b3; }
  void add(std::uint64_t number) noexcept {
    for (int shift = 0; shift < 64; shift += 8) add(static_cast<std::uint8_t>(number >> shift));
  }
  // With its length: "ab", "c" is not "a", "bc".
  void add(std::string_view text) noexcept {
    add(std::uint64_t{text.size()});
    for (const char c : text) add(static_cast<std::uint8_t>(c));
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

void add_timecode(Hash& hash, const Timecode& code) noexcept {
  for (const std::uint64_t number :
       {std::uint64_t{code.hours}, std::uint64_t{code.minutes}, std::uint64_t{code.seconds}, std::uint64_t{code.frames},
        std::uint64_t{code.sub_frame}, std::uint64_t{code.odd_field}, std::uint64_t{code.sub_frames_per_frame},
        code.standard ? static_cast<std::uint64_t>(*code.standard) : ~std::uint64_t{0}})
    hash.add(number);
}

bool is_echo(const Notification& sent, const Notification& heard) noexcept {
  if (sent.packet_id.value_or(0) != 0) return sent.packet_id == heard.packet_id;
  return sent.process_id && sent.process_id == heard.process_id && sent.host_name == heard.host_name;
}
}  // namespace

Answer answer_to(const Notification& sent, const Notification& heard) noexcept {
  const bool answers = (sent.kind == Kind::start && heard.kind == Kind::start_acknowledged) ||
                       (sent.kind == Kind::stop && heard.kind == Kind::stop_acknowledged);
  if (answers) return heard.result == Result::fail ? Answer::refused : Answer::confirmed;
  if (sent.kind != heard.kind || is_echo(sent, heard)) return Answer::none;
  const bool same_name = sent.name == heard.name || (sent.kind == Kind::stop && heard.name.empty());
  return same_name ? Answer::confirmed : Answer::none;
}

Identity identity_of(const Notification& note) noexcept {
  Hash hash;
  hash.add(static_cast<std::uint8_t>(note.kind));
  hash.add(static_cast<std::uint8_t>(note.result));
  for (const std::string_view text : {std::string_view(note.name), std::string_view(note.database_path),
                                      std::string_view(note.session_name), std::string_view(note.take)})
    hash.add(text);
  for (const auto& text : {&note.notes, &note.description})
    hash.add(*text ? std::string_view(**text) : std::string_view());
  hash.add(static_cast<std::uint64_t>(note.delay.count()));
  if (note.timecode) add_timecode(hash, *note.timecode);
  if (note.duration)
    for (const std::uint64_t number : {note.duration->frames, note.duration->period, note.duration->ticks})
      hash.add(number);
  Identity identity{.content = hash.value()};
  if (note.packet_id && *note.packet_id != 0) identity.packet_id = note.packet_id;
  return identity;
}

std::uint64_t Identity::key() const noexcept {
  Hash hash;
  hash.add(static_cast<std::uint8_t>(by_content() ? 1 : 0));
  hash.add(packet_id.value_or(content));
  return hash.value();
}

}  // namespace shogun
