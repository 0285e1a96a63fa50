// What a service manager is told of this process: systemd's Type=notify, whose protocol is a datagram to the socket
// that NOTIFY_SOCKET names (sd_notify(3)). Nothing happens where there is none.
#pragma once

#include <string>

namespace app {

// "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=…", "STATUS=…"; lines apart. False: nobody was told.
bool tell_supervisor(const std::string& state);

}  // namespace app
