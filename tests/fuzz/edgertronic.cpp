// Triggers, settings files, file names and answers of cameras in arbitrary bytes; the first one says which.
#include <algorithm>

#include "server/relay/edgertronic/camapi.hpp"
#include "server/relay/edgertronic/datagram.hpp"
#include "server/relay/edgertronic/file_name.hpp"
#include "tests/fuzz/reader.hpp"

namespace {
void must(bool good) {
  if (!good) __builtin_trap();
}

// What is heard can be sent again, byte for byte but for NULs at the end, unless it is not UTF-8.
void hear(base::ByteView in) {
  const auto trigger = edgertronic::decode(in);
  if (!trigger) {
    must(!edgertronic::sentence(trigger.error()).empty());
    return;
  }
  const auto again = edgertronic::encode(edgertronic::default_payload, trigger->name);
  if (again) must(again->size() <= in.size() && std::ranges::equal(*again, in.first(again->size())));
}

void name(std::string_view text, bool folders) {
  const std::string name = edgertronic::sanitise(text, folders);
  must(name.empty() || edgertronic::encode(0, name).has_value());
  must(folders || !name.contains('/'));
  must(edgertronic::sanitise(name, folders) == name);
}

void configure(std::string_view text) {
  const auto settings = edgertronic::parse_multicast_conf(text);
  if (settings)
    must(edgertronic::parse_multicast_conf(edgertronic::format_multicast_conf(*settings).value()) == *settings);
}

void answer(std::string_view body) {
  if (const auto status = edgertronic::parse_status(body)) {
    must(!edgertronic::readiness(*status).sentence.empty());
    edgertronic::flags_in_words(status->flags);
  }
  (void)edgertronic::parse_call_result(body);
  (void)edgertronic::parse_last_file(body);
  (void)edgertronic::parse_multicast_answer(body);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader reader{{data, size}};
  const std::uint8_t what = reader.byte();
  const std::string_view text = base::as_text(reader.left);
  switch (what) {
    case 'n': name(text, false); break;
    case 'f': name(text, true); break;
    case 'c': configure(text); break;
    case 'a': answer(text); break;
    default: hear(reader.left);
  }
  return 0;
}
