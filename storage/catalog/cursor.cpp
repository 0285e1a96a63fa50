#include "storage/catalog/cursor.hpp"

#include <algorithm>

#include "server/base/bytes.hpp"

namespace storage {

namespace {
// The layout: time in unix milliseconds (8 bytes, big endian), id (16), check (4).
constexpr std::size_t time_size = 8;
constexpr std::size_t payload_size = time_size + 16;
constexpr std::size_t cursor_size = payload_size + 4;

// FNV-1a over the listing and the payload.
std::uint32_t check_of(Listing listing, base::ByteView payload) noexcept {
  std::uint32_t hash = 2166136261U;
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 16777619U; };
  add(static_cast<std::uint8_t>(listing));
  for (const auto byte : payload) add(byte);
  return hash;
}

base::Bytes bytes_of(const base::Uuid& id) {
  std::string digits = id.str();
  std::erase(digits, '-');
  return base::from_hex(digits).value();
}

base::Uuid uuid_of(base::ByteView bytes) {
  std::string text = base::to_hex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return base::Uuid::parse(text).value();
}
}  // namespace

std::string encode_cursor(Listing listing, const PageEnd& end) {
  base::Bytes bytes(time_size);
  base::store_be(bytes.data(), static_cast<std::uint64_t>(end.time.time_since_epoch().count()));
  std::ranges::copy(bytes_of(end.id), std::back_inserter(bytes));
  const auto check = check_of(listing, bytes);
  bytes.resize(cursor_size);
  base::store_be(bytes.data() + payload_size, check);
  return base::to_hex(bytes);
}

base::Result<PageEnd> decode_cursor(Listing listing, std::string_view cursor) {
  const auto bytes = cursor.size() == 2 * cursor_size ? base::from_hex(cursor) : std::nullopt;
  if (bytes && bytes->size() == cursor_size) {
    const auto payload = base::ByteView(*bytes).first(payload_size);
    if (base::load_be<std::uint32_t>(bytes->data() + payload_size) == check_of(listing, payload)) {
      const auto ms = static_cast<std::int64_t>(base::load_be<std::uint64_t>(payload.data()));
      return PageEnd{base::UtcTime(std::chrono::milliseconds(ms)), uuid_of(payload.subspan(time_size))};
    }
  }
  return base::fail(base::Errc::invalid,
                    "the cursor was not made by this listing: pass next_cursor of the page before, or none");
}

}  // namespace storage
