// What each frame means, given what came before it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/dualcam/crc16.hpp"
#include "tools/explain/walker.hpp"

namespace explain {

using dualcam::Command;

namespace {
constexpr std::uint64_t packet = dualcam::packet_size;

std::string_view length_name(Command command) {
  return command == Command::path ? "length, the trailing NUL counted" : "length";
}
}  // namespace

void Walker::explain_init() {
  ++frames_;
  const dualcam::Init init = dualcam::parse_init(bytes_.subspan(at_));
  protocol_ = init.protocol;
  path_ = false;
  path_text_.clear();
  crc_.reset();
  Item& item = add(dualcam::init_size, From::device, "INIT");
  FieldReader reader(bytes_, at_, at_ + dualcam::init_size);
  read_init(reader, item.problems);
  item.fields = std::move(reader).fields();
  if (init.enhanced()) item.notes.emplace_back("Dialect: enhanced. Sizes and positions are bytes from 0.");
  at_ += dualcam::init_size;
}

void Walker::explain_body(Command command, std::size_t length) {
  const std::size_t size = dualcam::header_size + length;
  if (command == Command::data && crc_) {
    const base::ByteView data = bytes_.subspan(at_ + dualcam::header_size, length - dualcam::crc_size);
    const bool bad = dualcam::crc16(*crc_, data) != u16(at_ + size - dualcam::crc_size);
    if (bad)
      if (const auto repetition = find_repetition(at_ + size)) return take_truncated(*repetition);
  }
  Item& item = add(size, sender_of(static_cast<std::uint16_t>(command)), std::string(dualcam::to_string(command)));
  FieldReader reader(bytes_, at_, at_ + size);
  reader.take(2, "command", fmt::format("{:04x}", static_cast<unsigned>(command)));
  reader.number(2, std::string(length_name(command)));
  switch (command) {
    case Command::start: explain_start(item, reader); break;
    case Command::sync: explain_sync(item, reader); break;
    case Command::resume: explain_resume(item, reader); break;
    case Command::meta: explain_meta(item, reader); break;
    case Command::path: explain_path(item, reader); break;
    case Command::file_request:
    case Command::meta_request: explain_request(item, reader); break;
    case Command::status: read_status(reader); break;
    case Command::data: explain_data(item, reader, false); break;
    case Command::enhanced_data: explain_data(item, reader, true); break;
    default: break;
  }
  if (reader.left() > 0) reader.take(reader.left(), "body", "");
  item.fields = std::move(reader).fields();
  at_ += size;
  if (command == Command::meta) take_stray_byte(length);
}

void Walker::explain_start(Item& item, FieldReader& reader) {
  size_ = reader.number(4, "size");
  offset_ = 0;
  crc_.reset();
  if (size_ == 0) {
    reader.last().meaning = "nothing left of this class";
  } else if (in_packets()) {
    reader.last().meaning =
        fmt::format("packets of 1024 bytes: {} to {} bytes of file", (size_ - 1) * packet + 1, size_ * packet);
    item.notes.emplace_back(protocol_ == 0 ? "Taken as packets: no path and no INIT were seen before."
                                           : "Dialect: identifiers. Sizes and positions are packets, counted from 1.");
  } else {
    reader.last().meaning = "bytes";
  }
  const std::uint64_t crc = reader.number(2, "file CRC");
  reader.last().value = fmt::format("{:04x}", crc);
  reader.last().meaning = crc == 0 ? "0000 in every capture" : "unusual: 0000 in every capture; a server ignores it";
}

std::string Walker::position_in_words(std::uint64_t position) const {
  if (!in_packets()) return fmt::format("byte {}", position);
  return position <= 1 ? "packet 1, the beginning"
                       : fmt::format("packet {}, byte {}", position, (position - 1) * packet);
}

void Walker::explain_sync(Item& item, FieldReader& reader) {
  const std::uint64_t position = reader.number(4, "position");
  reader.last().meaning = position_in_words(position);
  offset_ = in_packets() ? (std::max<std::uint64_t>(position, 1) - 1) * packet : position;
  crc_ = 0;
  item.notes.emplace_back("The CRC chain begins again from 0.");
  if (in_packets() && position == 0) item.problems.emplace_back("Packets are counted from 1; a device sends SYNC 1.");
}

void Walker::explain_resume(Item& item, FieldReader& reader) {
  const std::uint64_t position = reader.number(4, "position");
  reader.last().meaning = position_in_words(position);
  if (offset_ > 0 && crc_)
    item.notes.emplace_back("In the middle of a file: packets on their way still come before the SYNC.");
}

void Walker::explain_meta(Item& item, FieldReader& reader) {
  using dualcam::MetadataForm;
  const base::ByteView body = bytes_.subspan(reader.at(), reader.left());
  MetadataForm form = MetadataForm::dualcam;
  if (!body.empty() && body[0] == '{')
    form = MetadataForm::json;
  else if (!path_text_.empty())
    form = dualcam::metadata_form_of_path(protocol_, path_text_);
  else if (body.size() == dualcam::meta_adas_size)
    form = MetadataForm::adas;
  else if (body.size() == dualcam::meta_dsm_size)
    form = MetadataForm::dsm;
  read_metadata(reader, form, item.problems);
  constexpr std::array<std::string_view, 4> names{"DualCam", "ADAS", "DSM", "JSON of protocol 6"};
  item.notes.push_back(fmt::format("Form: {}.", names[static_cast<std::size_t>(form)]));
}

// Firmware of version 2 that says 13 bytes and sends 14.
void Walker::take_stray_byte(std::size_t length) {
  const bool version_two = length == dualcam::meta_v1_size && bytes_[at_ - length] == 2;
  if (!version_two || left() < 1 + 2 || plausible_frame(at_) || !plausible_frame(at_ + 1)) return;
  report_.items.back().notes.emplace_back("Some firmware of version 2 says 13 bytes and sends 14: see the next byte.");
  Item& item = add(1, From::device, "stray byte");
  item.fields.push_back({.offset = at_,
                         .size = 1,
                         .name = "frame rate",
                         .value = fmt::format("{}", bytes_[at_]),
                         .meaning = "the 14th byte of a version 2 META whose length says 13"});
  at_ += 1;
}

void Walker::explain_path(Item& item, FieldReader& reader) {
  path_ = true;
  const base::ByteView body = bytes_.subspan(reader.at(), reader.left());
  const bool ended = !body.empty() && body.back() == 0;
  path_text_ = base::as_text(body.first(body.size() - (ended ? 1 : 0)));
  reader.take(body.size(), "path", base::printable(body.first(path_text_.size())));
  reader.last().meaning = ended ? "and a NUL" : "without the NUL that devices send";
  if (const auto objection = dualcam::path_objection(path_text_))
    item.problems.push_back("A server refuses this: " + *objection + ".");
  item.notes.emplace_back(protocol_ >= dualcam::first_enhanced_protocol
                              ? "Dialect: enhanced."
                              : "Dialect: path files. Sizes and positions are bytes from 0.");
}

void Walker::explain_request(Item& item, FieldReader& reader) {
  if (reader.left() == 0) {
    item.notes.emplace_back("Of the path file.");
    path_ = true;
    return;
  }
  const base::ByteView name = bytes_.subspan(reader.at(), reader.left());
  const bool identifier = name.size() == 7 && name[0] == '%';
  path_ = !identifier;
  reader.take(name.size(), identifier ? "identifier" : "path", base::printable(name));
  if (identifier) {
    const auto file_class = dualcam::parse_file_class(base::as_text(name.subspan(1)));
    reader.last().meaning = file_class ? fmt::format("{} {}", base::to_string(dualcam::camera_of(*file_class)),
                                                     base::to_string(dualcam::kind_of(*file_class)))
                                       : "no known identifier";
  } else if (name.back() != 0) {
    reader.last().meaning = "without the NUL of the PATH frame: some devices want its first 7 bytes only";
  }
}

void Walker::explain_data(Item& item, FieldReader& reader, bool enhanced) {
  ++data_frames_;
  if (enhanced) {
    const std::uint64_t offset = reader.number(4, "offset");
    if (offset != offset_ && data_frames_ > 1)
      item.notes.push_back(fmt::format("Byte {} was expected: something is missing or comes again.", offset_));
    offset_ = offset;
    path_ = true;
  }
  const std::size_t count = reader.left() - dualcam::crc_size;
  const base::ByteView data = reader.take(count, "bytes", fmt::format("{} bytes", count));
  reader.last().meaning = fmt::format("of the file, from byte {}", offset_);
  if (in_packets()) item.title = fmt::format("DATA {}", offset_ / packet + 1);
  const auto got = static_cast<std::uint16_t>(reader.number(2, "CRC"));
  reader.last().value = fmt::format("{:04x}", got);
  check_crc(item, got, data, enhanced);
  if (!item.problems.empty()) {
    reader.last().meaning = "WRONG";
    return;
  }
  reader.last().meaning = "right";
  file_bytes_ += count;
  offset_ += count;
  if (in_packets() && count < packet && size_ > 0 && (offset_ + packet - 1) / packet != size_)
    item.notes.emplace_back("Shorter than 1024 bytes, though it is not the last packet.");
  const bool last = size_ > 0 && (in_packets() ? (offset_ + packet - 1) / packet == size_ : offset_ == size_);
  if (last) item.notes.push_back(fmt::format("The last of the file: {} bytes.", offset_));
}

void Walker::check_crc(Item& item, std::uint16_t got, base::ByteView data, bool enhanced) {
  if (!enhanced && !crc_) {
    item.notes.emplace_back("The CRC cannot be checked: no SYNC came before. The chain is followed from here.");
    crc_ = got;
    return;
  }
  const std::uint16_t before = enhanced ? 0 : *crc_;
  const std::uint16_t right = dualcam::crc16(before, data);
  if (right == got) {
    crc_ = got;
    return;
  }
  ++bad_crcs_;
  item.problems.push_back(
      fmt::format("The CRC should be {:04x} (chained from {:04x}). A server asks again with RESUME.", right, before));
}

// Part of a DATA frame, then the whole frame again: seen on real devices.
void Walker::take_truncated(std::size_t repetition) {
  ++truncated_;
  const std::size_t said = dualcam::header_size + u16(at_ + 2);
  const std::size_t came = repetition - at_;
  Item& item = add(came, From::device, "DATA, truncated");
  FieldReader reader(bytes_, at_, repetition);
  reader.take(2, "command", "0004");
  reader.number(2, "length");
  if (reader.left() > 0) reader.take(reader.left(), "bytes", fmt::format("{} of {} bytes of this frame", came, said));
  item.fields = std::move(reader).fields();
  item.notes.emplace_back(
      "The whole frame follows at once, chained from the last good CRC: nothing is lost, no RESUME is needed.");
  at_ = repetition;
}

}  // namespace explain
