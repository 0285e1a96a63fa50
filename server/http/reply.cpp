#include "server/http/reply.hpp"

#include "server/http/problem.hpp"

namespace http {

Reply::~Reply() {
  if (send_) send_(busy("The server is stopping and takes no more requests."));
}

}  // namespace http
