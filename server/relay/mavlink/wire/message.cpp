#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink {

const MessageInfo& info_of(const Message& message) noexcept {
  return std::visit([]<class M>(const M&) -> const MessageInfo& { return M::info; }, message);
}

}  // namespace mavlink
