#include "server/relay/mavlink/wire/message.hpp"

#include <type_traits>

#include "server/relay/mavlink/wire/layout.hpp"

namespace mavlink {

static_assert([]<class... M>(std::type_identity<std::variant<M...>>) {
  static_assert((is_in_wire_order<M>() && ...));
  static_assert(((base_size_of<M>() == M::info.base_size) && ...));
  static_assert(((full_size_of<M>() == M::info.full_size) && ...));
  static_assert(((crc_extra_of<M>() == M::info.crc_extra) && ...));
  return (is_sound<M>() && ...);
}(std::type_identity<Message>{}));

const MessageInfo& info_of(const Message& message) noexcept {
  return std::visit([]<class M>(const M&) -> const MessageInfo& { return M::info; }, message);
}

}  // namespace mavlink
