#include "server/relay/shogun/decode.hpp"

#include <algorithm>
#include <charconv>

#include "server/base/utf8.hpp"
#include "server/relay/shogun/framing.hpp"
#include "server/relay/shogun/xml.hpp"

namespace shogun {

namespace {
using xml::same_word;

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const auto begin = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) noexcept {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What a root means before time code and duration are looked at.
struct Root {
  std::string_view name;
  Kind kind;
  bool xsens = false;
};
constexpr Root roots[] = {
    {"CaptureStart", Kind::start},
    {"CaptureStop", Kind::stop},
    {"CaptureComplete", Kind::complete},
    {"TimecodeStart", Kind::timecode_start},
    {"CaptureTimecodeStart", Kind::timecode_start},
    {"TimecodeStop", Kind::timecode_stop},
    {"CaptureTimecodeStop", Kind::timecode_stop},
    {"DurationStop", Kind::duration_stop},
    {"CaptureDurationStop", Kind::duration_stop},
    {"CaptureName", Kind::name, true},
    {"StartRecordingReq", Kind::start, true},
    {"StopRecordingReq", Kind::stop, true},
    {"IdentifyReq", Kind::identify, true},
    {"StartRecordingAck", Kind::start_acknowledged, true},
    {"StopRecordingAck", Kind::stop_acknowledged, true},
};

// Reads one document; the first thing wrong stays in `refusal`.
class Reading {
 public:
  Reading(const xml::Document& document, Flavour flavour, std::uint16_t tolerated)
      : document_(document), flavour_(flavour) {
    out_.tolerated = tolerated;
  }

  std::expected<Notification, Refusal> read() {
    const xml::Element& element = document_.elements.front();
    const auto* root = std::ranges::find_if(roots, [&](const Root& row) { return same_word(row.name, element.name); });
    if (root == std::end(roots)) return std::unexpected(Refusal::unknown_root);
    if (root->xsens && flavour_ != Flavour::xsens) return std::unexpected(Refusal::other_flavour);
    out_.kind = root->kind;
    take_root(element, root->xsens);
    for (const xml::Element& child : document_.elements)
      if (child.depth == 2) take(child);
    settle_kind();
    if (!refusal_ && needs_name() && out_.name.empty()) refusal_ = Refusal::no_name;
    if (refusal_) return std::unexpected(*refusal_);
    recognise(root->xsens);
    return std::move(out_);
  }

 private:
  void refuse(Refusal why) noexcept {
    if (!refusal_) refusal_ = why;
  }

  std::string text(std::string_view value) {
    if (value.size() > max_value_size) refuse(Refusal::value_too_long);
    if (refusal_ || base::is_utf8(value)) return std::string(value);
    out_.tolerate(Tolerated::not_utf8);
    return base::to_utf8(value);
  }

  static std::string& there(std::optional<std::string>& text) { return text ? *text : text.emplace(); }

  std::string_view value_of(const xml::Element& element) const noexcept {
    const std::string_view* value = document_.attribute(element, "VALUE");
    return value != nullptr ? *value : trimmed(element.text);
  }

  // The one attribute of Vicon's roots, and those of Xsens' messages.
  void take_root(const xml::Element& root, bool xsens) {
    if (const auto* result = document_.attribute(root, "RESULT")) take_result(*result);
    if (!xsens) return;
    if (const auto* session = document_.attribute(root, "SessionName")) out_.name = out_.session_name = text(*session);
    if (const auto* description = document_.attribute(root, "Description")) out_.description = text(*description);
    if (const auto* reason = document_.attribute(root, "Reason")) out_.description = text(*reason);
  }

  void take_result(std::string_view word) noexcept {
    if (same_word(word, "SUCCESS") || same_word(word, "TRUE")) out_.result = Result::success;
    if (same_word(word, "FAIL") || same_word(word, "FALSE")) out_.result = Result::fail;
    if (same_word(word, "CANCEL")) out_.result = Result::cancel;
  }

  // Of an element that comes twice the first one counts.
  void take(const xml::Element& element) {
    const auto is = [&](std::string_view name) { return same_word(element.name, name); };
    const auto set = [&](std::string& into) {
      if (into.empty()) into = text(value_of(element));
    };
    if (is("Name")) return set(out_.name);
    if (is("DatabasePath")) return set(out_.database_path);
    if (is("HostName")) return set(out_.host_name);
    if (is("SessionName")) return set(out_.session_name);
    if (is("Take")) return set(out_.take);
    if (is("Notes")) return set(there(out_.notes));
    if (is("Description")) return set(there(out_.description));
    if (is("Delay")) return take_delay(trimmed(value_of(element)));
    if (is("PacketID")) return take_packet_id(trimmed(value_of(element)));
    if (is("ProcessID")) return take_process_id(trimmed(value_of(element)));
    if (is("TimeCode")) return take_timecode(element);
    if (is("Duration")) return take_duration(element);
    assets_ = assets_ || is("Assets");
    active_clip_ = active_clip_ || is("SetActiveClip");
  }

  // "33", and "33.0" of senders that compute it.
  void take_delay(std::string_view value) {
    if (value.empty()) return;
    reserved_ = reserved_ || same_word(value, "Reserved");
    const std::string_view whole = value.substr(0, value.find('.'));
    const auto number = whole_number<std::int64_t>(whole);
    const bool digits_only =
        value.find_first_not_of("0123456789", std::min(whole.size() + 1, value.size())) == std::string_view::npos;
    if (!number || !digits_only || *number < 0 || *number > longest_delay.count())
      return out_.tolerate(Tolerated::bad_delay);
    out_.delay = std::chrono::milliseconds{*number};
  }

  void take_packet_id(std::string_view value) {
    if (value.empty() || out_.packet_id) return;
    out_.packet_id = whole_number<std::uint64_t>(value);
    if (!out_.packet_id) out_.tolerate(Tolerated::bad_packet_id);
  }

  void take_process_id(std::string_view value) {
    if (!out_.process_id) out_.process_id = whole_number<std::uint64_t>(value);
  }

  void take_timecode(const xml::Element& element) {
    const std::string_view value = trimmed(value_of(element));
    if (value.empty() || out_.timecode) return;
    const auto code = parse_timecode(value);
    spelt_small_ = element.name == "Timecode";
    unused_timecode_ = code && !code->standard && code->is_zero();
    if (!code)
      flavour_ == Flavour::vicon ? refuse(Refusal::bad_timecode) : out_.tolerate(Tolerated::bad_timecode);
    else if (!unused_timecode_)
      out_.timecode = *code;
  }

  void take_duration(const xml::Element& element) {
    const auto number = [&](std::string_view name) -> std::optional<std::uint64_t> {
      const std::string_view* value = document_.attribute(element, name);
      return value != nullptr ? whole_number<std::uint64_t>(trimmed(*value)) : 0;
    };
    const auto frames = number("FRAMES"), period = number("PERIOD"), ticks = number("TICKS");
    if (!frames || !period || !ticks || *frames == 0) return refuse(Refusal::bad_duration);
    out_.duration = Duration{*frames, *period, *ticks};
  }

  // The published roots are those of start and stop: what they announce is in the children.
  void settle_kind() noexcept {
    const bool announced = out_.timecode && flavour_ == Flavour::vicon;
    if (out_.kind == Kind::start && announced) out_.kind = Kind::timecode_start;
    if (out_.kind == Kind::stop && announced) out_.kind = Kind::timecode_stop;
    if (out_.kind == Kind::stop && out_.duration) out_.kind = Kind::duration_stop;
    const bool at_time = out_.kind == Kind::timecode_start || out_.kind == Kind::timecode_stop;
    if (at_time && !out_.timecode) refuse(Refusal::bad_timecode);
    if (out_.kind == Kind::duration_stop && !out_.duration) refuse(Refusal::bad_duration);
  }

  // Kin name takes themselves when they are told no name.
  bool needs_name() const noexcept {
    return flavour_ == Flavour::vicon ? out_.kind != Kind::stop
                                      : out_.kind == Kind::complete || out_.kind == Kind::name;
  }

  void recognise(bool xsens_root) {
    const bool signed_by_kin = !out_.host_name.empty() && out_.process_id;
    if (xsens_root)
      out_.recognised = Flavour::xsens;
    else if (reserved_ || (!out_.session_name.empty() && out_.description == "NULL"))
      out_.recognised = Flavour::nokov;
    else if (spelt_small_ && signed_by_kin)
      out_.recognised = Flavour::qtm;
    else if (assets_ || (signed_by_kin && !out_.session_name.empty()))
      out_.recognised = Flavour::optitrack;
    else if (active_clip_ || unused_timecode_)
      out_.recognised = Flavour::rokoko;
    if (flavour_ == Flavour::nokov && out_.description == "NULL") out_.description.reset();
  }

  const xml::Document& document_;
  Flavour flavour_;
  Notification out_;
  std::optional<Refusal> refusal_;
  bool reserved_ = false, assets_ = false, active_clip_ = false, spelt_small_ = false, unused_timecode_ = false;
};
}  // namespace

std::expected<Notification, Refusal> decode(base::ByteView datagram, Flavour flavour) {
  auto framed = unframe(datagram);
  if (!framed) return std::unexpected(framed.error());
  auto document = xml::read(framed->root);
  if (!document && document.error() == Refusal::malformed) {
    const auto repaired = xml::with_quotes_escaped(framed->root);
    if (auto again = xml::read({repaired.data(), repaired.size()})) {
      document = std::move(again);
      framed->tolerated |= static_cast<std::uint16_t>(Tolerated::quotes_in_values);
    }
  }
  if (!document) return std::unexpected(document.error());
  return Reading(*document, flavour, framed->tolerated).read();
}

}  // namespace shogun
