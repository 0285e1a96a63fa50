// A network of its own for one test: interfaces of its making, low ports, no route anywhere.
#pragma once

#include <functional>
#include <string>

namespace tests {

enum class Namespace {
  done,
  failed,       // an assertion within failed, and was printed
  unavailable,  // this machine gives none; `why` says so
};

struct NamespaceOutcome {
  Namespace outcome = Namespace::done;
  std::string why;
};

// Runs `body` in a forked child, as root of a new user and network namespace where only a loopback is, and that is up.
// Assertions of GoogleTest within count. The caller has no other threads that `body` needs.
NamespaceOutcome in_network_namespace(const std::function<void()>& body);

// `ip ARGUMENTS` within it, for example "link add a0 type veth peer name a1". False when it failed.
bool ip(const std::string& arguments);
// A pair of Ethernet interfaces that are each other's far end, up, with an address each (of /24); what one sends the
// other takes, though it comes from this host. False when this kernel has none.
bool add_cable(const std::string& one, const std::string& address, const std::string& other,
               const std::string& other_address);
// Gives up every capability: what follows is what a program without privileges sees.
void drop_capabilities();

}  // namespace tests
