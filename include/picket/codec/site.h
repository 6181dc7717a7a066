// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/assess/event.h"
#include "picket/base/error.h"
#include "picket/field/sensor.h"
#include "picket/geo/frame.h"
#include "picket/track/tracker.h"

namespace picket {

/// Where the site file puts a sensor: on the earth, or in the site's local metres.
struct SensorPlacement {
  bool local = false;  ///< placed by east_m, north_m, up_m: measures in the site's axes
  Eigen::Vector3d p_LS_L = Eigen::Vector3d::Zero();  ///< if local
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  enum class Above : std::uint8_t { kGround, kEllipsoid, kSeaLevel } above = Above::kGround;
  double height_m = 0.0;
  std::array<double, 3> vel_enu_mps{};  ///< of a sensor that moves, along its east, north, up
};

/// A part of the sky, as the site file writes it: a cone about its sensor, or what stands over an
/// outline on the earth.
struct RegionEntry {
  FieldOfRegard cone;  ///< counts where there is no outline
  std::vector<std::vector<std::pair<double, double>>> rings_lon_lat;  ///< degrees
};

/// Which ASTERIX source a radar is, and the editions it sends.
struct AsterixSource {
  int sac = -1;
  int sic = -1;
  std::vector<std::pair<int, std::string>> editions;  ///< (category, edition)
};

struct SensorEntry {
  Sensor sensor;  ///< complete but for p_LS_L, R_SL, views and obscured: see PlaceSite
  SensorPlacement placement;
  std::vector<RegionEntry> views;     ///< of `sensor`, before its outlines are placed
  std::vector<RegionEntry> obscured;  ///< likewise
  std::optional<AsterixSource> asterix;
  std::string sapient;  ///< the node_id of the SAPIENT node that it is; empty: none
  std::string adsb;     ///< not empty: this sensor is the ADS-B receiver of inputs without a name
  /// Where the sensor stood when `sensor.learned` was learned, degrees.
  std::optional<std::pair<double, double>> learned_lat_lon;
};

/// TLS of a link: [input.tls], [output.tls]. Names of files (PEM) are as written, relative to the
/// site file.
struct TlsSettings {
  bool on = false;
  std::string ca;  ///< whom to believe; empty: a link out believes whom the system does, a feed
                   ///< that listens asks nobody for a certificate
  std::string certificate;  ///< our own, with those between it and the root; a feed that listens
                            ///< has one, a link out may
  std::string key;          ///< of the certificate
  std::string server_name;  ///< what the other side's certificate must name; empty: the host
};

/// A connection to an MQTT broker, of [[input]] and [[output]].
struct MqttSettings {
  std::string broker;               ///< "HOST:PORT"; empty: the link is no MQTT
  bool version_5 = false;           ///< else 3.1.1
  std::vector<std::string> topics;  ///< of an input: filters of topics that reports come under
  std::string status;  ///< of an input: a filter whose one '+' stands for a sensor that the message
                       ///< says to be online or offline; may be empty
  std::string topic;   ///< of an output: what its topics begin with
  std::string client_id;  ///< not empty: the broker keeps what comes while picket is away
  std::string user;
  std::string password_file;  ///< as written, relative to the site file
};

/// How datagrams go to a multicast group, and come from it.
struct MulticastSettings {
  std::string interface;  ///< IPv4 address of the network card; empty: the system chooses
  int ttl = 1;            ///< of an output: how many networks further than our own, less one
};

/// A live feed: [[input]].
struct InputFeed {
  std::string format;  ///< "beast", "avr", "sbs", "readsb", "asterix", "sapient", "cot",
                       ///< "remote-id", "reports"
  std::string tcp;     ///< "HOST:PORT" to connect to; or
  std::string udp;     ///< "ADDRESS:PORT" to receive on (multicast is joined); or
  std::string file;    ///< a file to follow; or
  std::string zmq;     ///< "HOST:PORT" of a ZeroMQ publisher to subscribe to; or
  std::string listen;  ///< "ADDRESS:PORT" that SAPIENT sensors connect to; or
  MqttSettings mqtt;   ///< a broker that it comes from
  std::string sensor;  ///< the sensor that reports of this feed are of, where the format names none
  TlsSettings tls;     ///< of tcp, listen and mqtt
  MulticastSettings multicast;  ///< of udp
};

/// Tracks to others: [[output]].
struct OutputFeed {
  std::string format;     ///< "cot" (XML), "tak" (protocol version 1), "asterix", "sapient" (a
                          ///< higher node); of MQTT: "json"
  std::string tcp;        ///< "HOST:PORT" to connect to; or
  std::string udp;        ///< "ADDRESS:PORT" to send to, multicast as well; or
  MqttSettings mqtt;      ///< a broker to publish at
  double every_s = 1.0;   ///< between pictures
  double stale_s = 10.0;  ///< how long a display keeps a track of which nothing more comes
  double trail_s = 0.0;   ///< of cot and tak: how much of its way a track draws; 0: none
  TlsSettings tls;        ///< of tcp and mqtt
  MulticastSettings multicast;  ///< of udp
  int category = 62;            ///< of asterix: 62 (with 65) or 21
  int sac = 0, sic = 0;         ///< of asterix: how others call this system
};

/// What a key opens beside what everybody may see.
enum class Role : std::uint8_t {
  kInvestigator,  ///< where the operators of aircraft stand
};
/// "investigator".
[[nodiscard]] std::string_view RoleName(Role role);

/// Somebody who may see more: [[access.key]].
struct AccessKey {
  std::string name;  ///< who it is, for the recording
  Role role = Role::kInvestigator;
  std::string sha256;  ///< of the key itself, which is kept nowhere: 64 hexadecimal digits
};

/// [access].
struct AccessSettings {
  /// How long is remembered where the operator of an aircraft stands; zero: it is not.
  Duration operator_retention;
  std::vector<AccessKey> keys;
};
inline constexpr Duration kMaxOperatorRetention = Duration::Seconds(7 * 86'400.0);

/// Limits on a site file and on what it holds.
inline constexpr std::size_t kMaxSiteBytes = 8U << 20U;
inline constexpr std::size_t kMaxSensors = 20'000;
inline constexpr std::size_t kMaxSiteErrors = 100;  ///< told of; the last one counts the rest
/// Sensors, places, areas and the region lie this near to the origin, m: beyond it is a mistake.
inline constexpr double kMaxSiteReachM = 1e6;

/// A site file, read and validated.
struct Site {
  std::string name;
  Geodetic origin;
  std::vector<std::string> terrain_files;  ///< as written, relative to the site file
  std::vector<std::string> surface_files;  ///< likewise: with trees and buildings
  bool terrain_above_ellipsoid = false;    ///< their heights; else above EGM96
  bool terrain_nodata_is_sea = false;      ///< else a void
  double region_radius_m = 40000.0;
  HeightAgl ceiling{1500.0};
  std::string learned_file;  ///< as written, relative to the site file; empty: none
  Weather weather;
  std::vector<WeatherCourse::Hours> weather_hours;
  std::vector<SensorEntry> sensors;
  std::vector<Place> places;
  std::vector<Area> areas;
  TrackerParameters tracker;
  std::vector<InputFeed> inputs;
  std::vector<OutputFeed> outputs;
  AccessSettings access;
  std::string listen;       ///< [server] listen, "HOST:PORT"; empty: not stated
  std::string record_file;  ///< [record] file, as written, relative to the site file; empty: none
  std::string text;         ///< the file as it was: what a recording keeps
};

/// Reads files that a site file names (GeoJSON areas); the edge provides it, tests make one up. It
/// is given the name as written, and takes relative names from the site file's folder.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

/// The sensors that a site may take as presets, as the TOML file that they are in; their names.
[[nodiscard]] std::string_view PresetsText();
[[nodiscard]] std::vector<std::string_view> PresetNames();
/// A preset as a sensor of a site with that weather; its placement is left open. Error: there is no
/// such preset.
[[nodiscard]] Result<SensorEntry> PresetSensor(std::string_view preset, std::string id,
                                               const Weather& weather);

/// @param source  the file's name, for errors
/// @returns the site, or every violation found, each with its line and field
[[nodiscard]] tl::expected<Site, Errors> ParseSite(std::string_view toml, const std::string& source,
                                                   const FileReader& read_file);

}  // namespace picket
