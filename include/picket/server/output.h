// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "picket/base/error.h"
#include "picket/codec/site.h"
#include "picket/server/backend.h"
#include "picket/server/health.h"

namespace picket {

/// The outputs of a site file: tracks to displays of others, as Cursor on Target over UDP (unicast
/// and multicast) or over a TCP connection, or as ASTERIX over UDP; tracks and alerts to higher
/// SAPIENT nodes, and as JSON to MQTT brokers. One thread for all, and one more for each broker.
///
/// Each sends the picture every so often: a message for each confirmed track (of ASTERIX, for as
/// many as fit), and for each track that was shown and is no more one that takes it off. A display
/// that does not keep up gets fewer pictures, never older ones. A connection that fails is made
/// anew as that of a feed.
class Outputs {
 public:
  struct Options {
    std::function<void(const std::string&)> log;  ///< one line per change of an output's state
    std::string site_path;  ///< the site file, which names of the outputs' files count from
    std::string version{};  ///< of the program, for those who ask
  };

  Outputs();
  ~Outputs();
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;

  /// @param backend  used until Stop
  /// Errors: an address that is none. Nothing was started then.
  [[nodiscard]] tl::expected<void, Error> Start(const std::vector<OutputFeed>& outputs,
                                                Backend& backend, Options options);
  /// Any thread may call. `messages` counts events or datagrams.
  [[nodiscard]] std::vector<FeedHealth> Health() const;
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
