// Messages and answers of trackers in arbitrary bytes: what was taken is said again, and where a text is broken into
// lines does not matter.
#include "server/avl/camera_request.hpp"
#include "server/avl/command.hpp"
#include "server/avl/foreign.hpp"
#include "tests/fuzz/reader.hpp"

using namespace avl;

static void require(bool holds) {
  if (!holds) __builtin_trap();
}

static void check_message(base::ByteView in) {
  const auto message = decode_message(in);
  if (!message) return;
  const auto payload = encode_message(*message);
  if (!payload) return;  // a command longer than we send
  const auto again = decode_message(*payload);
  require(again && again->text == message->text && again->type == message->type && again->time == message->time &&
          again->imei == message->imei);
}

static void check_answer(std::string_view text) {
  const Answer answer = read_answer(text);
  std::string broken;
  for (const char c : text) broken.append({c, '\r', '\n'});
  const Answer same = read_answer(broken);
  require(answer.index() == same.index());
  const auto* accepted = std::get_if<Accepted>(&answer);
  if (accepted == nullptr) return;
  require(accepted->front || accepted->rear);
  require((accepted->kind == base::MediaKind::video) == accepted->duration_s.has_value());
  require(accepted->duration_s.has_value() == accepted->since.has_value());
  require(!accepted->duration_s || (*accepted->duration_s >= 1 && *accepted->duration_s <= longest_clip_s));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView in(data, size);
  check_message(in);
  check_answer(base::as_text(in));
  tidy_text(base::as_text(in));
  require(!looks_like_tracker(in) || recognise_foreign(in).empty());
  return 0;
}
