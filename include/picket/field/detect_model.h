// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "picket/field/propagation.h"
#include "picket/field/weather.h"
#include "picket/report/report.h"

namespace picket {

/// One number for each TargetClass. NaN: nothing is radiated at all.
using ByClass = std::array<double, kTargetClasses>;

/// A target as a sensor has it in clear sight.
struct Sight {
  TargetClass target = TargetClass::kOther;
  double range_m = 0.0;          ///< slant, > 0
  double radial_mps = 0.0;       ///< of the target along the line of sight
  double sensor_height_m = 0.0;  ///< above the surface under the target; only where the model
  double target_height_m = 0.0;  ///< asks for it (NeedsHeights); likewise
  double loss_db = 0.0;          ///< of radio waves, one way, beyond free space (diffraction)
};

/// p_D of a radar from the signal-to-noise ratio in each of `looks` pulses or bursts that are added
/// up behind a square-law detector, at a given probability of false alarm per cell, for the
/// fluctuations of Swerling's cases: the echo's power is gamma distributed with shape K = infinity
/// (case 0), 1 (I), N (II), 2 (III), 2 N (IV). Then
///
///   1 - p_D = sum_k NB(k; K, N S / K) P(N + k, V),   P_FA = 1 - P(N, V),
///
/// NB the negative binomial (for case 0 Poisson) distribution and P the regularised incomplete
/// gamma function. Exact. Swerling, RAND RM-1217 (1954); Shnidman, "Radar detection probabilities
/// and their calculation", IEEE T-AES 31(3), 1995.
class DetectionCurve {
 public:
  /// Requires swerling in [0, 4], looks in [1, 1000], false_alarm in (0, 0.5].
  DetectionCurve(int swerling, int looks, double false_alarm);
  /// @param snr  ratio of powers in one look, not in dB
  [[nodiscard]] double operator()(double snr) const;

 private:
  int looks_;
  double shape_;                ///< K; 0: infinite
  std::vector<double> missed_;  ///< P(N + k, V) for k = 0, 1, ... while it counts
};

/// What comes back to a radar from under its targets.
enum class Surface : std::uint8_t { kNone, kLand, kSea };

/// Radar: the range equation with noise, rain and the surface as what the echo must stand out from.
///
///   S/N = P t G_t G_r lambda^2 sigma / ((4 pi)^3 R^4 k T_0 F L), t the coherent integration time
///
/// (Richards, Fundamentals of Radar Signal Processing, 2.2; Skolnik, Introduction to Radar
/// Systems, ch. 2). What is left of clutter after Doppler processing (its improvement factor) adds
/// to the noise. Targets whose radial speed is within the notch about zero, or about a multiple of
/// the blind speed, are not seen (Skolnik, ch. 4). p_D by DetectionCurve.
struct RadarParameters {
  double power_w = 10.0;          ///< transmitted, over the coherent integration time
  double integration_s = 0.02;    ///< coherent: one pulse, or one burst of them
  int looks = 1;                  ///< pulses or bursts added up after detection
  double gain_db = 28.0;          ///< of the transmitting antenna
  double receive_gain_db = 28.0;  ///< of the receiving antenna
  double frequency_hz = 9.4e9;
  double noise_figure_db = 5.0;
  double loss_db = 8.0;  ///< of the system, all told
  double false_alarm = 1e-6;
  int swerling = 1;
  /// Mean radar cross-sections, dBsm. Multirotors: -8 to -19 measured of five kinds at 24 GHz
  /// (IEICE ComEx 9(7), 2020); bird 0.01 m^2, light aircraft 1 m^2 (Skolnik, table 2.2); fixed-wing
  /// drone 0.1 m^2: assumed.
  ByClass rcs_dbsm{-17.0, -10.0, -20.0, 0.0, -17.0};
  double notch_mps = 1.5;        ///< half width; 0: none
  double blind_speed_mps = 0.0;  ///< lambda PRF / 2; 0: none (staggered, or above any target's)
  double azimuth_beam_rad = 0.05;
  double elevation_beam_rad = 0.15;
  double range_resolution_m = 10.0;
  Surface clutter = Surface::kNone;
  double land_gamma_db = -15.0;  ///< sigma0 = gamma sin(grazing): -20 flat, -15 farmland, -10 hills
  double improvement_db = 45.0;  ///< how much Doppler processing takes clutter down
  Polarization polarization = Polarization::kHorizontal;
  bool multipath = false;  ///< two rays over the sea, both ways
};

class RadarModel {
 public:
  RadarModel(const RadarParameters& parameters, const Weather& weather);
  [[nodiscard]] const RadarParameters& parameters() const { return p_; }
  [[nodiscard]] double Probability(const Sight& sight) const;
  /// Signal to noise and clutter in one look, ratio of powers.
  [[nodiscard]] double SignalRatio(const Sight& sight) const;
  /// Whether a target of this radial speed is filtered out as what stands still is.
  [[nodiscard]] bool Blind(double radial_mps) const;
  [[nodiscard]] double frequency_hz() const { return p_.frequency_hz; }
  [[nodiscard]] bool NeedsHeights() const { return p_.multipath || p_.clutter != Surface::kNone; }
  [[nodiscard]] bool NeedsVelocity() const { return p_.notch_mps > 0.0; }

 private:
  RadarParameters p_;
  Weather weather_;
  DetectionCurve curve_;
  double constant_db_;    ///< all of the range equation but sigma, R^4 and rain
  double rain_db_per_m_;  ///< both ways
  double rain_clutter_;   ///< m^2 for each m^2 of squared range, after processing
  double sea_sd_m_;
};

/// Radio receiver: passive RF sensors, and receivers of Remote ID and ADS-B. Received power by the
/// link budget EIRP + gain - free-space loss (ITU-R P.525) - rain; it passes the sensitivity with
/// the probability of log-normal shadowing (ITU-R P.1546 calls it location variability). A target
/// that does not transmit is invisible.
struct RadioParameters {
  ByClass eirp_dbm{kNotStated, kNotStated, kNotStated, kNotStated, kNotStated};  ///< NaN: silent
  ByClass active{1.0, 1.0, 1.0, 1.0, 1.0};  ///< share of its targets that transmit at all
  double frequency_hz = 2.4e9;
  double gain_dbi = 3.0;           ///< of the receiving antenna, less its cable
  double sensitivity_dbm = -90.0;  ///< received power that is enough
  double shadowing_db = 6.0;       ///< one sigma
  double transmissions = 1.0;      ///< of a target in a look
  double reception = 0.9;          ///< probability that one of them gets through (collisions)
};

class RadioModel {
 public:
  RadioModel(const RadioParameters& parameters, const Weather& weather);
  [[nodiscard]] const RadioParameters& parameters() const { return p_; }
  [[nodiscard]] double Probability(const Sight& sight) const;
  /// Received power, dBm; of a class that transmits.
  [[nodiscard]] double ReceivedDbm(const Sight& sight) const;
  [[nodiscard]] double frequency_hz() const { return p_.frequency_hz; }

 private:
  RadioParameters p_;
  double rain_db_per_m_;
  double received_;  ///< probability that at least one transmission gets through
};

/// Microphones: source level at 1 m less spherical spreading less ISO 9613-1, against the noise of
/// the place and of the wind, whose power grows with the sixth power of its speed (Curle, Proc.
/// Royal Society A 231, 1955). The level fluctuates outdoors by some dB, normally.
struct AcousticParameters {
  /// In the band, dB re 20 uPa at 1 m. Multirotor: the limit of class C1, sound power 85 dB(A), is
  /// 74 at 1 m (EU 2019/945, part 15); fixed-wing with a piston engine: 94 dB(A) at 3 m (FAI
  /// Sporting Code F3, noise limit); bird: next to nothing; aircraft: 76 dB(A) at 300 m (ICAO
  /// Annex 16, chapter 6, between its limits of 68 and 80).
  ByClass source_db{74.0, 103.5, 40.0, 125.5, 74.0};
  double frequency_hz = 500.0;  ///< middle of the band that is listened to
  double background_db = 40.0;  ///< in the band: countryside by day 35 to 45, town 50 to 60
  double wind_noise_db = 40.0;  ///< in the band, behind the screen, in 5 m/s of wind
  double array_gain_db = 10.0;  ///< 10 lg of the number of microphones
  double threshold_db = 3.0;    ///< signal to noise at which half is detected
  double spread_db = 5.0;       ///< one sigma of the level
};

class AcousticModel {
 public:
  AcousticModel(const AcousticParameters& parameters, const Weather& weather);
  [[nodiscard]] const AcousticParameters& parameters() const { return p_; }
  [[nodiscard]] double Probability(const Sight& sight) const;
  [[nodiscard]] double SignalDb(const Sight& sight) const;  ///< over the noise, with the array

 private:
  AcousticParameters p_;
  double absorption_db_per_m_;
  double noise_db_;
};

/// Camera: cycles across the target after Johnson (Image Intensifier Symposium, 1958) with the
/// target transfer function (N / N50)^E / (1 + (N / N50)^E), E = 2.7 + 0.7 N / N50; and contrast
/// against the sky, which air takes down as exp(-3.912 R / V) (Koschmieder, 1924), against the
/// threshold of Blackwell (JOSA 36, 1946), normal with a sigma of 0.39 of it. In little light the
/// threshold rises with the root of what is missing (de Vries and Rose).
struct OpticalParameters {
  ByClass size_m{0.4, 2.0, 0.4, 8.0, 0.5};  ///< root of the area that is seen
  double pixel_rad = 0.2e-3;                ///< angle of one pixel
  double cycles_50 = 1.0;        ///< line pairs across the target at which half is detected
  double contrast = 0.5;         ///< of the target against the sky, near by
  double least_contrast = 0.05;  ///< that is told from the sky in half of the cases, in good light
  double least_lux = 1.0;        ///< light at which the threshold has doubled; 0: needs none
  double extinction = 1.0;       ///< in its band, over that of visible light
  double attention = 1.0;        ///< share of the field that a look really covers
};

class OpticalModel {
 public:
  OpticalModel(const OpticalParameters& parameters, const Weather& weather);
  [[nodiscard]] const OpticalParameters& parameters() const { return p_; }
  [[nodiscard]] double Probability(const Sight& sight) const;

 private:
  OpticalParameters p_;
  double extinction_per_m_;
  double threshold_;
};

/// People who watch the sky: 1 - exp(-beta A / r^2 exp(-3.912 r / V) T). Andrews, Unalerted
/// air-to-air visual acquisition, MIT Lincoln Laboratory ATC-152 (1991): beta = 17,000 per sr s of
/// those who search on their own, 140,000 of those who were told where to look. (He writes 2.996,
/// of a visibility at which contrast falls to 5 %.) In less than full light it falls with the root
/// (de Vries and Rose).
struct ObserverParameters {
  ByClass area_m2{0.1, 2.0, 0.1, 12.0, 0.2};  ///< that is seen, mean over aspects
  double search_per_sr_s = 17'000.0;
  double attention = 0.5;  ///< share of the time that they watch
  double look_s = 1.0;     ///< time searched in a look
  double full_light_lux = 1'000.0;
};

class ObserverModel {
 public:
  ObserverModel(const ObserverParameters& parameters, const Weather& weather);
  [[nodiscard]] const ObserverParameters& parameters() const { return p_; }
  [[nodiscard]] double Probability(const Sight& sight) const;

 private:
  ObserverParameters p_;
  double visibility_m_;
  double rate_;  ///< of solid angle, all told
};

using PhysicalModel = std::variant<std::monostate, RadarModel, RadioModel, AcousticModel,
                                   OpticalModel, ObserverModel>;

/// p_D inside the field of regard and in clear sight.
struct DetectModel {
  enum class Kind : std::uint8_t { kConstant, kFalloff, kPhysical };
  Kind kind = Kind::kConstant;
  /// Constant: p_D. Falloff: at no range. Physical: what the physics are multiplied with, for all
  /// that they leave out (that the sensor is up, that its processing keeps the plot). In (0, 1).
  double probability = 0.9;
  double half_range_m = 0.0;  ///< falloff: p / (1 + (r / half_range)^power)
  double power = 6.0;
  PhysicalModel physical{};
  /// Physical, radar and radio: the wave bends round terrain, which takes from it instead of hiding
  /// the target (see diffraction.h).
  bool diffraction = false;

  /// Whether it tells classes apart, or speeds.
  [[nodiscard]] bool NeedsClass() const { return kind == Kind::kPhysical; }
  [[nodiscard]] bool NeedsVelocity() const;
  [[nodiscard]] bool NeedsHeights() const;
  /// Whether no target of this radial speed is seen, however near. A speed that is not so makes no
  /// difference to p_D.
  [[nodiscard]] bool Blind(double radial_mps) const;
  /// Of its waves, m; 0 of what has none that bend.
  [[nodiscard]] double WavelengthM() const;
  /// The same in another weather.
  [[nodiscard]] DetectModel In(const Weather& weather) const;
  /// Requires kind == kPhysical.
  [[nodiscard]] double Physical(const Sight& sight) const;
};

}  // namespace picket
