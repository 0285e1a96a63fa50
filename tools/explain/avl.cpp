#include "tools/explain/avl.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/avl/camera_request.hpp"
#include "server/avl/command.hpp"
#include "server/avl/datagram.hpp"
#include "server/avl/foreign.hpp"
#include "server/avl/framer.hpp"
#include "server/avl/record.hpp"
#include "tools/explain/fields.hpp"

namespace explain {

namespace {
constexpr std::size_t imei_digits = 15;
constexpr std::size_t login_size = 2 + imei_digits;
constexpr std::size_t answer_size = 4;
constexpr std::uint32_t most_records = 0xff;

std::string degrees(std::uint64_t raw) {
  return fmt::format("{:.7f}°", static_cast<double>(static_cast<std::int32_t>(raw)) / 1e7);
}

std::string_view name_of(std::uint16_t id) {
  switch (id) {
    case avl::io::ignition: return "ignition";
    case avl::io::rear_camera: return "rear camera";
    case avl::io::front_camera: return "front camera";
    case avl::io::sos_trigger: return "SOS trigger";
    default: return "";
  }
}

std::string meaning_of(const avl::Element& element) {
  const std::optional<std::uint64_t> value = element.number();
  const std::string_view name = name_of(element.id);
  if (!value || name.empty()) return std::string(name);
  switch (element.id) {
    case avl::io::ignition: return fmt::format("{}: {}", name, *value != 0 ? "on" : "off");
    case avl::io::sos_trigger: return fmt::format("{}: {}", name, avl::sos_trigger_name(*value));
    default:
      return fmt::format("{}: {}", name, avl::camera_state_name(*value).value_or("a state without a known meaning"));
  }
}

class AvlWalker {
 public:
  AvlWalker(Report& report, From from) : report_(report), bytes_(report.bytes), from_(from) {}
  void walk();
  void explain_datagram();

 private:
  std::size_t left() const { return bytes_.size() - at_; }
  bool login_here() const { return left() >= 2 && bytes_[at_] == 0x00 && bytes_[at_ + 1] == imei_digits; }
  Item& add(std::size_t size, From from, std::string title);
  void take_login();
  bool take_login_answer();
  bool take_answer();
  void take_frame();
  void take_rest(std::string_view what, bool problem);
  void explain_payload(Item& item, FieldReader& reader, base::ByteView payload);
  void explain_records(Item& item, FieldReader& reader, avl::Codec codec, base::ByteView payload);
  void explain_record(FieldReader& reader, const avl::Records& records, const avl::Record& record, std::size_t width);
  void explain_message(Item& item, FieldReader& reader, base::ByteView payload);
  void sum_up();

  Report& report_;
  base::ByteView bytes_;
  From from_;
  std::size_t at_ = 0;
  bool login_before_ = false;
  std::size_t frames_ = 0, records_ = 0, messages_ = 0, bad_ = 0;
};

Item& AvlWalker::add(std::size_t size, From from, std::string title) {
  report_.items.push_back({.offset = at_, .size = size, .from = from, .title = std::move(title)});
  return report_.items.back();
}

void AvlWalker::walk() {
  while (at_ < bytes_.size()) {
    if (login_here()) {
      take_login();
    } else if (take_login_answer() || take_answer()) {
      continue;
    } else {
      take_frame();
    }
  }
  if (!report_.items.empty())
    report_.items.front().notes.emplace_back(
        "This is a tracker's link: its port is the AVL port, not the camera port.");
  sum_up();
}

void AvlWalker::take_login() {
  if (left() < login_size) return take_rest("The input ends inside a login.", false);
  Item& item = add(login_size, From::device, "AVL greeting");
  FieldReader reader(bytes_, at_, at_ + login_size);
  reader.number(2, "length");
  const std::string_view digits = base::as_text(bytes_.subspan(at_ + 2, imei_digits));
  reader.take(imei_digits, "IMEI", base::printable(base::as_bytes(digits)));
  const bool good = base::Imei::parse(digits).has_value();
  reader.last().meaning = good ? "ASCII; the Luhn check digit is right" : "no IMEI: 15 digits with a Luhn check digit";
  if (!good) item.problems.emplace_back("A server answers 00 to this login.");
  item.fields = std::move(reader).fields();
  login_before_ = true;
  at_ += login_size;
}

bool AvlWalker::take_login_answer() {
  if (!std::exchange(login_before_, false) || from_ == From::device || bytes_[at_] > 1) return false;
  // Four zeros begin a frame: a tracker that does not wait.
  if (bytes_[at_] == 0 && left() >= 4 && base::load_be<std::uint32_t>(bytes_.data() + at_) == 0) return false;
  Item& item = add(1, From::server, "login answer");
  FieldReader reader(bytes_, at_, at_ + 1);
  reader.number(1, "answer");
  reader.last().meaning = bytes_[at_] == 1 ? "accepted" : "refused";
  item.fields = std::move(reader).fields();
  ++at_;
  return true;
}

bool AvlWalker::take_answer() {
  if (from_ == From::device || left() < answer_size) return false;
  const auto count = base::load_be<std::uint32_t>(bytes_.data() + at_);
  if (count == 0 || count > most_records) return false;
  Item& item = add(answer_size, From::server, "records answer");
  FieldReader reader(bytes_, at_, at_ + answer_size);
  reader.number(answer_size, "records");
  reader.last().meaning = "taken: the tracker deletes them";
  item.fields = std::move(reader).fields();
  at_ += answer_size;
  return true;
}

void AvlWalker::take_frame() {
  const avl::Found found = avl::next_frame(bytes_.subspan(at_));
  if (std::holds_alternative<avl::NeedMore>(found.what)) return take_rest("The input ends inside a frame.", false);
  if (std::holds_alternative<avl::KeepAlive>(found.what)) {
    add(1, From::device, "keep-alive");
    ++at_;
    return;
  }
  const auto* bad = std::get_if<avl::BadFrame>(&found.what);
  if (bad != nullptr) ++bad_;
  if (found.size == 0) return take_rest("Here " + bad->reason + ".", true);
  ++frames_;
  Item& item = add(found.size, From::device, "AVL frame");
  FieldReader reader(bytes_, at_, at_ + found.size);
  reader.take(4, "preamble", "00000000");
  const auto length = static_cast<std::size_t>(reader.number(4, "length"));
  reader.last().meaning = "from the codec to the last count";
  explain_payload(item, reader, bytes_.subspan(at_ + avl::frame_head_size, length));
  reader.take(4, "CRC", base::to_hex(bytes_.subspan(at_ + avl::frame_head_size + length, 4)));
  reader.last().meaning = bad == nullptr ? "CRC-16/IBM, right" : "";
  if (bad != nullptr) item.problems.push_back("Here " + bad->reason + ". A server does not answer it.");
  item.fields = std::move(reader).fields();
  at_ += found.size;
}

void AvlWalker::take_rest(std::string_view what, bool problem) {
  Item& item = add(left(), from_, "rest");
  (problem ? item.problems : item.notes).emplace_back(what);
  at_ = bytes_.size();
}

void AvlWalker::explain_payload(Item& item, FieldReader& reader, base::ByteView payload) {
  const auto codec = avl::parse_codec(payload[0]);
  reader.take(1, "codec", fmt::format("0x{:02x}", payload[0]));
  reader.last().meaning = codec ? avl::to_string(*codec) : "not known";
  if (codec && avl::carries_records(*codec)) return explain_records(item, reader, *codec, payload);
  if (codec) return explain_message(item, reader, payload);
  reader.take(payload.size() - 1, "bytes", fmt::format("{} bytes", payload.size() - 1));
}

void AvlWalker::explain_records(Item& item, FieldReader& reader, avl::Codec codec, base::ByteView payload) {
  avl::Records records;
  const auto decoded = records.decode(codec, payload);
  if (!decoded) {
    item.problems.push_back(decoded.error().message);
    reader.take(payload.size() - 1, "bytes", fmt::format("{} bytes", payload.size() - 1));
    return;
  }
  item.title = fmt::format("AVL data, {} record{}", records.all().size(), records.all().size() == 1 ? "" : "s");
  records_ += records.all().size();
  reader.number(1, "records");
  for (const avl::Record& record : records.all())
    explain_record(reader, records, record, codec == avl::Codec::codec8e ? 2 : 1);
  reader.number(1, "again");
}

// `width`: of ids and counts.
void AvlWalker::explain_record(FieldReader& reader, const avl::Records& records, const avl::Record& record,
                               std::size_t width) {
  const std::size_t end = reader.at() + record.raw.size();
  reader.take(8, "time", iso_time(record.time.time_since_epoch().count()));
  reader.number(1, "priority");
  reader.last().meaning = record.priority == avl::Priority::low    ? "low"
                          : record.priority == avl::Priority::high ? "high"
                                                                   : "panic";
  for (const std::string_view name : {"longitude", "latitude"}) {
    const std::uint64_t raw = reader.number(4, std::string(name));
    reader.last().value = degrees(raw);
  }
  reader.number(2, "altitude");
  reader.last().value = fmt::format("{} m", record.altitude_m);
  reader.number(2, "angle");
  reader.number(1, "satellites");
  if (!record.has_fix()) reader.last().meaning = "no fix: the place is the last one known, or none";
  reader.number(2, "speed");
  reader.last().meaning = "km/h";
  reader.number(width, "event");
  const std::string_view event = name_of(record.event_id);
  reader.last().meaning = record.event_id == 0 ? "none" : event.empty() ? "the element that caused the record" : event;
  reader.number(width, "elements");
  Field groups{.offset = reader.at(), .size = end - reader.at(), .name = "groups"};
  for (const avl::Element& element : records.elements(record)) {
    const auto number = element.number();
    const std::string meaning = meaning_of(element);
    groups.details.push_back(fmt::format("{} = {}{}{}", element.id,
                                         number ? std::to_string(*number) : "0x" + base::to_hex(element.bytes),
                                         meaning.empty() ? "" : "  ", meaning));
  }
  reader.take(end - reader.at(), groups.name, fmt::format("{} elements", groups.details.size()));
  reader.last().details = std::move(groups.details);
}

void AvlWalker::explain_message(Item& item, FieldReader& reader, base::ByteView payload) {
  const auto message = avl::decode_message(payload);
  if (!message) {
    item.problems.push_back(message.error().message);
    reader.take(payload.size() - 1, "bytes", fmt::format("{} bytes", payload.size() - 1));
    return;
  }
  ++messages_;
  const bool command = message->type == avl::MessageType::command;
  if (command && message->codec != avl::Codec::codec13) item.from = From::server;
  item.title = command ? "AVL command" : message->type == avl::MessageType::nack ? "AVL nack" : "AVL reply";
  reader.number(1, "messages");
  reader.number(1, "type");
  reader.last().meaning = command ? "command" : message->type == avl::MessageType::nack ? "nack: not my IMEI" : "reply";
  reader.number(4, "size");
  if (message->time) reader.take(4, "time", iso_time(message->time->time_since_epoch().count()));
  if (message->imei) reader.take(8, "IMEI", message->imei->str());
  reader.take(message->text.size(), "text", base::printable(base::as_bytes(message->text)));
  reader.number(1, "again");
  const avl::Answer answer = avl::read_answer(message->text);
  if (std::holds_alternative<avl::Accepted>(answer)) item.notes.emplace_back("The camera request is accepted.");
  if (std::holds_alternative<avl::Refused>(answer)) item.notes.emplace_back("The camera request is refused.");
}

void AvlWalker::explain_datagram() {
  const auto datagram = avl::decode_datagram(bytes_);
  Item& item = add(bytes_.size(), From::device, "AVL datagram");
  if (!datagram) {
    item.problems.push_back(datagram.error().message);
    ++bad_;
    return sum_up();
  }
  FieldReader reader(bytes_, 0, bytes_.size());
  reader.number(2, "length");
  reader.number(2, "packet");
  reader.number(1, "type");
  reader.number(1, "AVL packet");
  reader.number(2, "IMEI length");
  reader.take(imei_digits, "IMEI", datagram->imei.str());
  explain_payload(item, reader, datagram->payload);
  item.fields = std::move(reader).fields();
  ++frames_;
  sum_up();
}

void AvlWalker::sum_up() {
  report_.summary = fmt::format("A tracker's link: {} frame{}, {} record{}, {} text{}{}.", frames_,
                                frames_ == 1 ? "" : "s", records_, records_ == 1 ? "" : "s", messages_,
                                messages_ == 1 ? "" : "s", bad_ == 0 ? "" : fmt::format(", {} bad", bad_));
}
}  // namespace

bool explain_avl(Report& report, From from) {
  const base::ByteView bytes = report.bytes;
  if (!avl::looks_like_tracker(bytes)) return false;
  const bool stream = bytes[0] == 0x00 && (bytes[1] == imei_digits || base::load_be<std::uint32_t>(bytes.data()) == 0);
  AvlWalker walker(report, from);
  stream ? walker.walk() : walker.explain_datagram();
  return true;
}

}  // namespace explain
