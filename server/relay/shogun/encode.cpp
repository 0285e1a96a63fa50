#include "server/relay/shogun/encode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "server/base/utf8.hpp"

namespace shogun {

namespace {
constexpr std::string_view declaration = R"(<?xml version="1.0" encoding="UTF-8" standalone="no"?>)";
constexpr std::string_view no_time = "00:00:00:00";

std::unexpected<base::Error> cannot(std::string_view what) {
  return base::fail(base::Errc::invalid, fmt::format("The notification cannot be sent: {}.", what));
}

// What XML cannot hold in any writing.
bool is_forbidden(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      // Readers turn them into blanks unless they are written so.
      case '\t': out += "&#9;"; break;
      case '\n': out += "&#10;"; break;
      case '\r': out += "&#13;"; break;
      default: out += c;
    }
}

// A document in the making; the first thing wrong stays in `error`.
class Writing {
 public:
  explicit Writing(std::string_view begin) : text_(begin) {}

  void open(std::string_view root) {
    root_ = root;
    text_.append("<").append(root);
  }
  void attribute(std::string_view name, std::string_view value) {
    check(name, value);
    append(name, value);
  }
  void children() { text_ += '>'; }
  void close() { text_.append("</").append(root_).append(">"); }
  void close_empty() { text_ += "/>"; }

  void element(std::string_view name, std::string_view value) {
    check(name, value);
    text_.append("<").append(name);
    append("VALUE", value);
    text_ += "/>";
  }
  void element_if(std::string_view name, const std::optional<std::string>& value) {
    if (value) element(name, *value);
  }
  void element_unless_empty(std::string_view name, std::string_view value) {
    if (!value.empty()) element(name, value);
  }
  void element(std::string_view name, std::uint64_t number) { element(name, fmt::format("{}", number)); }
  void raw(std::string_view text) { text_ += text; }
  void fail(base::Error error) {
    if (!error_) error_ = std::move(error);
  }

  base::Result<base::Bytes> finish() && {
    if (error_) return std::unexpected(*std::move(error_));
    if (text_.size() + 1 > max_sent_size)
      return base::fail(base::Errc::exhausted,
                        fmt::format("The notification has {} bytes, and {} are the most that a network packet takes; "
                                    "shorten its notes or description.",
                                    text_.size() + 1, max_sent_size));
    base::Bytes bytes(text_.begin(), text_.end());
    bytes.push_back(0);
    return bytes;
  }

 private:
  void append(std::string_view name, std::string_view value) {
    text_.append(" ").append(name).append("=\"");
    append_escaped(text_, value);
    text_ += '"';
  }
  void check(std::string_view name, std::string_view value) {
    if (std::ranges::any_of(value, is_forbidden))
      return fail(cannot(fmt::format("its {} has a control character", name)).error());
    if (!base::is_utf8(value)) fail(cannot(fmt::format("its {} is not UTF-8", name)).error());
  }

  std::string text_, root_;
  std::optional<base::Error> error_;
};

bool begins(Kind kind) noexcept {
  return kind == Kind::start || kind == Kind::timecode_start;
}

std::string_view root_of(Kind kind) noexcept {
  return begins(kind) ? "CaptureStart" : kind == Kind::complete ? "CaptureComplete" : "CaptureStop";
}

// ---- Vicon

base::Result<> check_vicon(const Notification& note) {
  if (note.kind > Kind::duration_stop) return cannot("Vicon's form has none of its kind");
  if (note.name.empty()) return cannot("it has no name, which is that of the file");
  if (note.database_path.empty()) return cannot("it has no database path, the folder on the stage's computer");
  if (!note.packet_id || *note.packet_id == 0 || *note.packet_id > highest_packet_id)
    return cannot(fmt::format("its packet id is not within 1 and {}", highest_packet_id));
  if (note.delay.count() < 0 || note.delay > longest_delay)
    return cannot(fmt::format("its delay is not within 0 and {} ms", longest_delay.count()));
  return {};
}

void write_when(Writing& out, const Notification& note) {
  if (note.kind == Kind::duration_stop) {
    const Duration duration = note.duration.value_or(Duration{});
    if (duration.frames == 0 || (duration.period == 0) != (duration.ticks == 0))
      return out.fail(cannot("its duration has no frames, or only one half of its rate").error());
    std::string rate;
    if (duration.ticks != 0) rate = fmt::format(" PERIOD=\"{}\" TICKS=\"{}\"", duration.period, duration.ticks);
    out.raw(fmt::format("<Duration FRAMES=\"{}\"{}/>", duration.frames, rate));
  }
  if (note.kind == Kind::timecode_start || note.kind == Kind::timecode_stop) {
    if (!note.timecode) return out.fail(cannot("it has no time code").error());
    const auto code = to_eight_numbers(*note.timecode);
    if (!code) return out.fail(code.error());
    out.element("TimeCode", *code);
  }
}

base::Result<base::Bytes> vicon(const Notification& note) {
  if (auto good = check_vicon(note); !good) return std::unexpected(std::move(good).error());
  Writing out(declaration);
  out.open(root_of(note.kind));
  if (note.kind == Kind::stop && note.result != Result::unknown) out.attribute("RESULT", to_string(note.result));
  out.children();
  write_when(out, note);
  out.element("Name", note.name);
  if (begins(note.kind)) {
    out.element_if("Notes", note.notes);
    out.element_if("Description", note.description);
  }
  out.element("DatabasePath", note.database_path);
  if (note.kind == Kind::start || note.kind == Kind::stop)
    out.element("Delay", static_cast<std::uint64_t>(note.delay.count()));
  out.element("PacketID", *note.packet_id);
  out.close();
  return std::move(out).finish();
}

// ---- Kin

void optitrack(Writing& out, const Notification& note) {
  const bool start = note.kind == Kind::start;
  out.element("Name", note.name);
  if (start) out.element_unless_empty("SessionName", note.session_name);
  out.element("Notes", note.notes.value_or(""));
  if (start) {
    out.element("Description", note.description.value_or(""));
    out.element("DatabasePath", note.database_path);
  }
  out.element("TimeCode", note.timecode ? to_clock(*note.timecode) : std::string(no_time));
  if (start) out.element("PacketID", note.packet_id.value_or(0));
  out.element_unless_empty("HostName", note.host_name);
  if (note.process_id) out.element("ProcessID", *note.process_id);
}

void qtm(Writing& out, const Notification& note) {
  out.element("Name", note.name);
  out.element("DatabasePath", note.database_path);
  out.element("Delay", static_cast<std::uint64_t>(std::max<std::int64_t>(note.delay.count(), 0)));
  out.element("PacketID", note.packet_id.value_or(0));
  out.element_unless_empty("HostName", note.host_name);
  if (note.process_id) out.element("ProcessID", *note.process_id);
  out.element_if("Notes", note.notes);
  out.element_if("Description", note.description);
  if (note.timecode) out.element("Timecode", to_clock(*note.timecode));
}

void nokov(Writing& out, const Notification& note) {
  out.element("Name", note.name);
  out.element("SessionName", note.session_name);
  out.element("Notes", note.notes.value_or(""));
  out.element("Description", note.description.value_or("NULL"));
  out.element("DatabasePath", note.database_path);
  out.element("Delay", "Reserved");
  out.element("PacketID", note.packet_id.value_or(0));
}

void rokoko(Writing& out, const Notification& note) {
  out.element("Name", note.name);
  out.element("TimeCode", note.timecode ? to_clock(*note.timecode) : std::string(no_time));
  if (note.process_id) out.element("ProcessID", *note.process_id);
}

void manus(Writing& out, const Notification& note) {
  out.element("Name", note.name);
  out.element_unless_empty("DatabasePath", note.database_path);
}

using Body = void (*)(Writing&, const Notification&);

base::Result<base::Bytes> kin(const Notification& note, Body body, Flavour flavour) {
  if (note.kind != Kind::start && note.kind != Kind::stop)
    return cannot(fmt::format("the form of {} has start and stop only", product(flavour)));
  if (note.name.empty() && note.kind == Kind::start) return cannot("it has no name, which is that of the take");
  Writing out(flavour == Flavour::rokoko ? "" : declaration);
  out.open(root_of(note.kind));
  out.children();
  body(out, note);
  out.close();
  return std::move(out).finish();
}

base::Result<base::Bytes> xsens(const Notification& note) {
  Writing out(declaration);
  switch (note.kind) {
    case Kind::start:
      if (note.name.empty()) return cannot("it has no name, which is that of the session");
      out.open("StartRecordingReq");
      out.attribute("SessionName", note.name);
      if (note.description) out.attribute("Description", *note.description);
      out.close_empty();
      break;
    case Kind::stop:
      out.open("StopRecordingReq");
      out.close_empty();
      break;
    case Kind::identify:
      out.open("IdentifyReq");
      out.close_empty();
      break;
    case Kind::name:
      if (note.name.empty()) return cannot("it has no name");
      out.open("CaptureName");
      out.children();
      out.element("Name", note.name);
      out.element_unless_empty("Take", note.take);
      out.close();
      break;
    default: return cannot("Xsens' form has none of its kind");
  }
  return std::move(out).finish();
}
}  // namespace

base::Result<base::Bytes> encode(const Notification& notification, Flavour flavour) {
  switch (flavour) {
    case Flavour::vicon: break;
    case Flavour::optitrack: return kin(notification, optitrack, flavour);
    case Flavour::rokoko: return kin(notification, rokoko, flavour);
    case Flavour::qtm: return kin(notification, qtm, flavour);
    case Flavour::manus: return kin(notification, manus, flavour);
    case Flavour::nokov: return kin(notification, nokov, flavour);
    case Flavour::xsens: return xsens(notification);
  }
  return vicon(notification);
}

}  // namespace shogun
