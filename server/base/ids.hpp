// Identifiers made by us: UUID version 7 (RFC 9562), which sort by the millisecond they were made in.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"

namespace base {

class Uuid {
 public:
  Uuid() = default;  // the nil UUID

  // Random bits come from the operating system's generator. Thread-safe.
  static Uuid v7(UtcTime now);
  // What comes before every one of v7() that was made then or later, and behind those made before.
  static Uuid first_of(UtcTime time) noexcept;
  static std::optional<Uuid> parse(std::string_view text) noexcept;
  UtcTime made_at() const noexcept;  // of one of v7()
  // Those of v7() that were made then or later do not come before it, and all that were made earlier do: the bound of a
  // range of ids that is one of time. Times that no id can have give the nearest one.
  static Uuid bound_of(UtcTime time) noexcept;

  // 36 characters, lower case.
  std::string str() const;
  bool is_nil() const noexcept { return *this == Uuid{}; }

  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace base
