#include "storage/formats/format.hpp"

#include <algorithm>
#include <cstring>

#include "storage/formats/checker.hpp"

namespace storage {

std::string_view to_string(Format format) noexcept {
  switch (format) {
    case Format::jpeg: return "JPEG";
    case Format::ptmf: return "PTMF";
    case Format::annexb: return "Annex-B";
    case Format::mp4: return "MP4";
    case Format::mpegts: return "MPEG-TS";
    case Format::json: return "JSON";
    case Format::unknown: break;
  }
  return "unknown";
}

std::string_view content_type(Format format) noexcept {
  switch (format) {
    case Format::jpeg: return "image/jpeg";
    case Format::ptmf: return "video/x-ptmf";
    case Format::annexb: return "video/h265";
    case Format::mp4: return "video/mp4";
    case Format::mpegts: return "video/mp2t";
    case Format::json: return "application/json";
    case Format::unknown: break;
  }
  return "application/octet-stream";
}

std::string_view extension(Format format) noexcept {
  switch (format) {
    case Format::jpeg: return "jpg";
    case Format::ptmf: return "ptmf";
    case Format::annexb: return "h265";
    case Format::mp4: return "mp4";
    case Format::mpegts: return "ts";
    case Format::json: return "json";
    case Format::unknown: break;
  }
  return "bin";
}

Format format_of(std::string_view type) noexcept {
  for (int number = 0; number < static_cast<int>(Format::unknown); ++number)
    if (content_type(static_cast<Format>(number)) == type) return static_cast<Format>(number);
  return Format::unknown;
}

namespace {

constexpr std::size_t json_head = 16;  // as far as white space is looked over
constexpr std::size_t ts_packet = 188;
constexpr std::uint8_t ts_sync = 0x47;

bool begins_with(base::ByteView bytes, std::string_view magic) noexcept {
  return base::as_text(bytes).starts_with(magic);
}

// A start code and a NAL header with its forbidden bit clear.
bool is_annexb(base::ByteView head) noexcept {
  using namespace std::string_view_literals;
  for (const auto start_code : {"\0\0\0\1"sv, "\0\0\1"sv})
    if (begins_with(head, start_code) && head.size() > start_code.size()) return (head[start_code.size()] & 0x80) == 0;
  return false;
}

bool is_mpegts(base::ByteView head) noexcept {
  return head.size() > ts_packet && head[0] == ts_sync && head[ts_packet] == ts_sync;
}

// An object: the only JSON a camera sends. White space in front is looked over.
bool is_json(base::ByteView head) noexcept {
  const auto text = base::as_text(head);
  constexpr std::string_view space = " \t\r\n";
  const auto brace = text.find_first_not_of(space);
  if (brace == std::string_view::npos || text[brace] != '{') return false;
  const auto next = text.find_first_not_of(space, brace + 1);
  return next == std::string_view::npos || text[next] == '"' || text[next] == '}';
}

std::unique_ptr<Checker> make_checker(Format format) {
  switch (format) {
    case Format::jpeg: return make_jpeg_checker();
    case Format::ptmf: return make_ptmf_checker();
    case Format::mp4: return make_mp4_checker();
    case Format::json: return make_json_checker();
    case Format::annexb:   // no length, no end mark: whole is what it is
    case Format::mpegts:   // the same
    case Format::unknown:  // nothing to hold it against
      break;
  }
  return nullptr;
}

}  // namespace

Format sniff(base::ByteView head) noexcept {
  if (begins_with(head, "\xff\xd8\xff")) return Format::jpeg;
  if (begins_with(head, "PTMF")) return Format::ptmf;
  if (head.size() >= 8 && begins_with(head.subspan(4), "ftyp")) return Format::mp4;
  if (is_annexb(head)) return Format::annexb;
  if (is_mpegts(head)) return Format::mpegts;
  if (is_json(head.first(std::min(head.size(), json_head)))) return Format::json;
  return Format::unknown;
}

struct FormatCheck::State {
  HeadBuffer<sniff_size> head;
  bool sniffed = false;
  FormatVerdict verdict;
  std::unique_ptr<Checker> checker;

  void begin() {
    sniffed = true;
    verdict.format = sniff(head.view());
    checker = make_checker(verdict.format);
    if (checker) checker->feed(head.view());
  }
};

FormatCheck::FormatCheck() : state_(std::make_unique<State>()) {}
FormatCheck::FormatCheck(FormatCheck&&) noexcept = default;
FormatCheck& FormatCheck::operator=(FormatCheck&&) noexcept = default;
FormatCheck::~FormatCheck() = default;

void FormatCheck::feed(base::ByteView block) {
  if (!state_->sniffed) {
    if (!state_->head.fill(block, sniff_size)) return;
    state_->begin();
  }
  if (state_->checker && !block.empty()) state_->checker->feed(block);
}

FormatVerdict FormatCheck::finish() {
  if (!state_->sniffed) state_->begin();
  if (state_->head.empty()) state_->verdict.defect = "The file is empty.";
  if (state_->checker) state_->checker->finish(state_->verdict);
  return state_->verdict;
}

}  // namespace storage
