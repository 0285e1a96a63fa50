#include "storage/spool/sidecar.hpp"

#include <algorithm>
#include <cstring>

namespace storage {
namespace {

constexpr std::string_view magic = "DCSUMS";
constexpr std::uint16_t version = 1;
constexpr std::size_t sha256_digits = 64;
constexpr std::size_t record_body_size = block_record_size - sizeof(std::uint32_t);

class Writer {
 public:
  template <std::unsigned_integral T>
  void number(T value) {
    bytes_.resize(bytes_.size() + sizeof value);
    base::store_le(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void raw(base::ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    raw(base::as_bytes(text));
  }
  base::Bytes& bytes() noexcept { return bytes_; }

 private:
  base::Bytes bytes_;
};

// Reads past the end give zeros and are remembered: one question at the end.
class Reader {
 public:
  explicit Reader(base::ByteView bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T number() noexcept {
    const auto bytes = raw(sizeof(T));
    return bytes.empty() ? T{0} : base::load_le<T>(bytes.data());
  }
  std::string text(std::size_t limit) {
    const std::size_t length = number<std::uint32_t>();
    if (length > limit) failed_ = true;
    return std::string(base::as_text(failed_ ? base::ByteView() : raw(length)));
  }
  bool consumed_all() const noexcept { return !failed_ && rest_.empty(); }

 private:
  base::ByteView raw(std::size_t size) noexcept {
    if (failed_ || rest_.size() < size) {
      failed_ = true;
      return {};
    }
    const auto bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }

  base::ByteView rest_;
  bool failed_ = false;
};

}  // namespace

base::Result<base::Bytes> encode_header(const SidecarHeader& header) {
  const FileIdentity& identity = header.identity;
  if (identity.name.size() > max_identity_text || identity.metadata.size() > max_identity_text)
    return base::fail(base::Errc::invalid, "The name or the metadata of the file is longer than the protocol allows.");
  Writer out;
  out.raw(base::as_bytes(magic));
  out.number(version);
  out.number(std::uint32_t{0});  // the size, known below
  out.text(header.id.str());
  out.number(identity.imei.number());
  out.number(identity.declared_size);
  out.number(static_cast<std::uint8_t>(identity.unit));
  out.number(identity.declared_crc);
  out.number(static_cast<std::uint8_t>(identity.captured_ms.has_value()));
  out.number(static_cast<std::uint64_t>(identity.captured_ms.value_or(0)));
  out.text(identity.name);
  out.text(identity.metadata);
  out.text(header.rejected_sha256);
  base::Bytes& bytes = out.bytes();
  base::store_le(bytes.data() + magic.size() + sizeof version,
                 static_cast<std::uint32_t>(bytes.size() + sizeof(Checksum)));
  out.raw(checksum(0, bytes));
  return std::move(bytes);
}

std::optional<std::size_t> header_size(base::ByteView prefix) noexcept {
  if (prefix.size() < sidecar_prefix_size) return std::nullopt;
  if (!std::ranges::equal(prefix.first(magic.size()), base::as_bytes(magic))) return std::nullopt;
  if (base::load_le<std::uint16_t>(prefix.data() + magic.size()) != version) return std::nullopt;
  const std::size_t size = base::load_le<std::uint32_t>(prefix.data() + magic.size() + sizeof version);
  if (size < sidecar_prefix_size + sizeof(Checksum) || size > max_sidecar_header) return std::nullopt;
  return size;
}

std::optional<SidecarHeader> decode_header(base::ByteView bytes) {
  if (header_size(bytes) != bytes.size()) return std::nullopt;
  const auto signed_part = bytes.first(bytes.size() - sizeof(Checksum));
  if (!std::ranges::equal(checksum(0, signed_part), bytes.last(sizeof(Checksum)))) return std::nullopt;

  // Written by us, whole: yet a bug or a forged file must not get further than this function.
  Reader in(signed_part.subspan(sidecar_prefix_size));
  const auto id = base::Uuid::parse(in.text(max_identity_text));
  const auto imei = base::Imei::from_number(in.number<std::uint64_t>());
  if (!id || !imei) return std::nullopt;
  SidecarHeader header{.id = *id, .identity = {.imei = *imei}, .rejected_sha256 = {}};
  FileIdentity& identity = header.identity;
  identity.declared_size = in.number<std::uint32_t>();
  const auto unit = in.number<std::uint8_t>();
  identity.unit = static_cast<SizeUnit>(unit);
  identity.declared_crc = in.number<std::uint16_t>();
  const bool has_time = in.number<std::uint8_t>() != 0;
  const auto captured_ms = static_cast<std::int64_t>(in.number<std::uint64_t>());
  if (has_time) identity.captured_ms = captured_ms;
  identity.name = in.text(max_identity_text);
  identity.metadata = in.text(max_identity_text);
  header.rejected_sha256 = in.text(sha256_digits);
  if (!in.consumed_all() || unit > static_cast<std::uint8_t>(SizeUnit::bytes)) return std::nullopt;
  return header;
}

std::uint64_t sidecar_seed(base::ByteView header) noexcept {
  return base::load_le<std::uint64_t>(checksum(1, header).data());
}

namespace {
std::uint32_t record_check(std::uint64_t seed, base::ByteView body) noexcept {
  return base::load_le<std::uint32_t>(checksum(seed, body).data());
}
}  // namespace

std::array<std::uint8_t, block_record_size> encode_record(std::uint64_t seed, const BlockRecord& record) noexcept {
  std::array<std::uint8_t, block_record_size> bytes;
  base::store_le(bytes.data(), record.length);
  std::ranges::copy(record.sum, bytes.begin() + sizeof record.length);
  base::store_le(bytes.data() + record_body_size, record_check(seed, base::ByteView(bytes).first(record_body_size)));
  return bytes;
}

std::optional<BlockRecord> decode_record(std::uint64_t seed, base::ByteView bytes) noexcept {
  if (bytes.size() != block_record_size) return std::nullopt;
  const auto body = bytes.first(record_body_size);
  if (base::load_le<std::uint32_t>(bytes.data() + record_body_size) != record_check(seed, body)) return std::nullopt;
  BlockRecord record;
  record.length = base::load_le<std::uint32_t>(body.data());
  if (record.length == 0 || record.length > block_size) return std::nullopt;
  std::ranges::copy(body.subspan(sizeof record.length), record.sum.begin());
  return record;
}

}  // namespace storage
