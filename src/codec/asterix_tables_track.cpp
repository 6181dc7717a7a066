// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <iterator>

#include "asterix_tables.h"

namespace picket::asterix {

// EUROCONTROL-SPEC-0149-9 (category 62 and its reserved expansion field), -16 (63), -15 (65), and
// category 15 and 247. Edition 0.17 of category 62 is a draft of before 2000 with another user
// application profile; real radars' trackers still send it.
const std::string_view kTrackTables[] = {
    R"(
category 62 editions 1.12-1.21 default 1.18
010 F sac:8 sic:8
015 F service:8
040 F track:16
060 F v:1{validated,not validated} g:1{default,garbled} changed:1 -:1 mode_3a:12o
070 F time_s:24*1/128
080@-1.16 X mon:1{multisensor,monosensor} spi:1 mrh:1{barometric,geometric}
   src:3{none,gnss,3d radar,triangulation,coverage,speed table,default,multilateration} tentative:1
   | sim:1 tse:1 tsb:1 fpc:1 aff:1 stp:1 kos:1{complementary,background}
   | ama:1 md4:2{none,friendly,unknown,no reply} me:1 mi:1 md5:2{none,friendly,unknown,no reply}
   | cst:1 psr:1 ssr:1 mds:1 ads:1 suc:1 aac:1
   | sds:2{combined,cooperative,non-cooperative,undefined} ems:3{none,general,medical,minimum fuel,
   no communications,unlawful interference,downed,undefined} pft:1 fplt:1
   | dupt:1 dupf:1 dupm:1 -:4
080@1.17-1.19 X mon:1{multisensor,monosensor} spi:1 mrh:1{barometric,geometric}
   src:3{none,gnss,3d radar,triangulation,coverage,speed table,default,multilateration} tentative:1
   | sim:1 tse:1 tsb:1 fpc:1 aff:1 stp:1 kos:1{complementary,background}
   | ama:1 md4:2{none,friendly,unknown,no reply} me:1 mi:1 md5:2{none,friendly,unknown,no reply}
   | cst:1 psr:1 ssr:1 mds:1 ads:1 suc:1 aac:1
   | sds:2{combined,cooperative,non-cooperative,undefined} ems:3{none,general,medical,minimum fuel,
   no communications,unlawful interference,downed,undefined} pft:1 fplt:1
   | dupt:1 dupf:1 dupm:1 sfc:1 idd:1 iec:1 -:1
080@1.20 X mon:1{multisensor,monosensor} spi:1 mrh:1{barometric,geometric}
   src:3{none,gnss,3d radar,triangulation,coverage,speed table,default,multilateration} tentative:1
   | sim:1 tse:1 tsb:1 fpc:1 aff:1 stp:1 kos:1{complementary,background}
   | ama:1 md4:2{none,friendly,unknown,no reply} me:1 mi:1 md5:2{none,friendly,unknown,no reply}
   | cst:1 psr:1 ssr:1 mds:1 ads:1 suc:1 aac:1
   | sds:2{combined,cooperative,non-cooperative,undefined} ems:3{none,general,medical,minimum fuel,
   no communications,unlawful interference,downed,undefined} pft:1 fplt:1
   | dupt:1 dupf:1 dupm:1 sfc:1 idd:1 iec:1 mlat:1
080@1.21- X mon:1{multisensor,monosensor} spi:1 mrh:1{barometric,geometric}
   src:3{none,gnss,3d radar,triangulation,coverage,speed table,default,multilateration} tentative:1
   | sim:1 tse:1 tsb:1 fpc:1 aff:1 stp:1 kos:1{complementary,background}
   | ama:1 md4:2{none,friendly,unknown,no reply} me:1 mi:1 md5:2{none,friendly,unknown,no reply}
   | cst:1 psr:1 ssr:1 mds:1 ads:1 suc:1 aac:1
   | sds:2{combined,cooperative,non-cooperative,undefined} ems:3{none,general,medical,minimum fuel,
   no communications,unlawful interference,downed,undefined} pft:1 fplt:1
   | dupt:1 dupf:1 dupm:1 sfc:1 idd:1 iec:1 mlat:1 | m5i_old:1 -:6
100 F x_m:24s*1/2 y_m:24s*1/2
105 F lat_deg:32s*180/33554432 lon_deg:32s*180/33554432
110 C
.sum F m5:1 id:1 da:1 m1:1 m2:1 m3:1 mc:1 x:1
.pmn F -:2 pin:14x -:3 nat:5x -:2 mis:6x
.pos F lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
.ga F -:1 res:1{100 ft,25 ft} gnss_hae_ft:14s*25
.em1 F -:4 em1:12o
.tos F tos_s:8s*1/128
.xp F -:3 x5:1 xc:1 x3:1 x2:1 x1:1
120 F -:4 mode_2:12o
130 F geometric_ft:16s*25/4
135 F qnh:1 barometric_fl:15s*1/4
136 F level_fl:16s*1/4
185 F vx_mps:16s*1/4 vy_mps:16s*1/4
200 F trans:2{constant course,right turn,left turn,undetermined}
   long:2{constant speed,increasing,decreasing,undetermined}
   vert:2{level,climb,descent,undetermined} adf:1 -:1
210 F ax_mps2:8s*1/4 ay_mps2:8s*1/4
220 F climb_ft_per_min:16s*25/4
245 F sti:2{callsign or registration downlinked,callsign not downlinked,
   registration not downlinked,invalid} -:6 callsign:48c
270 X length_m:7 | orientation_deg:7*360/128 | width_m:7
290 C
.trk F trk_age_s:8*1/4
.psr F psr_age_s:8*1/4
.ssr F ssr_age_s:8*1/4
.mds F mds_age_s:8*1/4
.ads F ads_age_s:16*1/4
.es F es_age_s:8*1/4
.vdl F vdl_age_s:8*1/4
.uat F uat_age_s:8*1/4
.lop F lop_age_s:8*1/4
.mlt F mlt_age_s:8*1/4
295 C
.mfl F mfl_age_s:8*1/4
.md1 F md1_age_s:8*1/4
.md2 F md2_age_s:8*1/4
.mda F mda_age_s:8*1/4
.md4 F md4_age_s:8*1/4
.md5 F md5_age_s:8*1/4
.mhg F mhg_age_s:8*1/4
.ias F ias_age_s:8*1/4
.tas F tas_age_s:8*1/4
.sal F sal_age_s:8*1/4
.fss F fss_age_s:8*1/4
.tid F tid_age_s:8*1/4
.com F com_age_s:8*1/4
.sab F sab_age_s:8*1/4
.acs F acs_age_s:8*1/4
.bvr F bvr_age_s:8*1/4
.gvr F gvr_age_s:8*1/4
.ran F ran_age_s:8*1/4
.tar F tar_age_s:8*1/4
.tan F tan_age_s:8*1/4
.gsp F gsp_age_s:8*1/4
.vun F vun_age_s:8*1/4
.met F met_age_s:8*1/4
.emc F emc_age_s:8*1/4
.pos F pos_age_s:8*1/4
.gal F gal_age_s:8*1/4
.pun F pun_age_s:8*1/4
.mb F mb_age_s:8*1/4
.iar F iar_age_s:8*1/4
.mac F mac_age_s:8*1/4
.bps F bps_age_s:8*1/4
300 F fleet:8{unknown,atc maintenance,airport maintenance,fire,bird scarer,snow plough,
   runway sweeper,emergency,police,bus,tug,grass cutter,fuel,baggage,catering,
   aircraft maintenance,follow me}
340 C
.sid F sac:8 sic:8
.pos F rho_nm:16*1/256 theta_deg:16*360/65536
.hei F height_ft:16s*25
.mdc F v:1{validated,not validated} g:1{default,garbled} level_fl:14s*1/4
.mda F v:1{validated,not validated} g:1{default,garbled} l:1 -:1 mode_3a:12o
.typ F typ:3{none,psr,ssr,ssr+psr,mode s all-call,mode s roll-call,mode s all-call+psr,
   mode s roll-call+psr} sim:1 rab:1 tst:1 -:2
380 C
.adr F address:24x
.id F callsign:48c
.mhg F magnetic_heading_deg:16*360/65536
.ias F im:1{ias,mach} ias_nm_per_s:15*1/16384?im=0 &ias_mach:15*1/1000?im=1
.tas F tas_kt:16
.sal F sas:1 src:2{unknown,aircraft altitude,mcp/fcu,fms} selected_ft:13s*25
.fss F mv:1 ah:1 am:1 final_selected_ft:13s*25
.tis X nav:1{available,not available} nvb:1{valid,not valid} -:5
.tid R tca:1{available,not available} nc:1 tcp:6 altitude_ft:16s*10
   lat_deg:24s*180/8388608 lon_deg:24s*180/8388608 pt:4 td:2{none,right,left,no turn} tra:1
   toa:1{available,not available} tov_s:24 ttr_nm:16*1/100
.com F com:3{none,comm a and b,and uplink elm,and downlink elm,level 5}
   stat:3{airborne,on ground,alert airborne,alert on ground,alert and spi,spi,,unknown}
   -:2 ssc:1 arc:1{100 ft,25 ft} aic:1 b1a:1 b1b:4x
.sab F ac:2{unknown,not operational,operational,invalid}
   mn:2{unknown,not operating,operating,invalid} dc:2{unknown,differential,none,invalid} gbs:1 -:6
   stat:3{none,general,medical,minimum fuel,no communications,unlawful interference,downed,unknown}
.acs F acas_ra:56x
.bvr F barometric_climb_ft_per_min:16s*25/4
.gvr F geometric_climb_ft_per_min:16s*25/4
.ran F roll_deg:16s*1/100
.tar F ti:2{not available,left,right,straight} -:6 turn_deg_per_s:7s*1/4 -:1
.tan F track_angle_deg:16*360/65536
.gsp F ground_speed_nm_per_s:16s*1/16384
.vun F velocity_uncertainty:8
.met F ws:1 wd:1 tmp:1 trb:1 -:4 wind_kt:16 wind_deg:16 temperature_c:16s*1/4 turbulence:8
.emc F emitter:8{,light,,medium,,heavy,manoeuvrable,,,,rotorcraft,glider,lighter than air,
   unmanned,space,ultralight,parachutist,,,,emergency vehicle,service vehicle,fixed obstruction}
.pos F lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
.gal F geometric_ft:16s*25/4
.pun F -:4 position_uncertainty:4
.mb R mb:56x bds1:4x bds2:4x
.iar F ias_kt:16
.mac F mach:16*1/125
.bps F -:4 pressure_mb:12*1/10+800
390 C
.tag F sac:8 sic:8
.csn F callsign:56a
.ifi F typ:2{plan,unit 1,unit 2,unit 3} -:3 number:27
.fct F gat_oat:2{unknown,general,operational,not applicable}
   fr:2{ifr,vfr,not applicable,controlled vfr} rvsm:2{unknown,approved,exempt,not approved} hpr:1
   -:1
.tac F aircraft_type:32a
.wtc F wake:8a
.dep F departure:32a
.dst F destination:32a
.rds F nu1:8a nu2:8a ltr:8a
.cfl F cleared_fl:16*1/4
.ctl F centre:8 position:8
.tod R typ:5{scheduled off-block,estimated off-block,estimated take-off,actual off-block,
   predicted at runway hold,actual at runway hold,actual line-up,actual take-off,estimated arrival,
   predicted landing,actual landing,off runway,predicted to gate,actual on-block}
   day:2{today,yesterday,tomorrow} -:4 hour:5 -:2 minute:6 avs:1{available,not available} -:1
   second:6
.ast F stand:48a
.sts F emp:2{empty,occupied,unknown} avl:2{available,not available,unknown} -:4
.std F departure_route:56a
.sta F arrival_route:56a
.pem F -:3 va:1 mode_3a:12o
.pec F pre_emergency_callsign:56a
500 C
.apc F x_m:16*1/2 y_m:16*1/2
.cov F xy_m:16s*1/2
.apw F lat_deg:16*180/33554432 lon_deg:16*180/33554432
.aga F geometric_ft:8*25/4
.aba F barometric_fl:8*1/4
.atv F x_mps:8*1/4 y_mps:8*1/4
.aa F x_mps2:8*1/4 y_mps2:8*1/4
.arc F climb_ft_per_min:8*25/4
510 RX unit:8 track:15
RE E
.cst R sac:8 sic:8 -:4 typ:4{none,psr,ssr,ssr+psr,mode s all-call,mode s roll-call,
   mode s all-call+psr,mode s roll-call+psr,ads-b,wam} local_track:16
.csn R sac:8 sic:8 -:4 typ:4{none,psr,ssr,ssr+psr,mode s all-call,mode s roll-call,
   mode s all-call+psr,mode s roll-call+psr,ads-b,wam}
.tvs F vx_mps:16s*1/4 vy_mps:16s*1/4
.sts X fdr:1 lnav_ep:1 lnav:1 -:4
.v3 C
..ps3 F ep:1 status:3{none,general,lost link,minimum fuel,no communications,
   unlawful interference,distress automatic,distress manual} -:4
..as F rce_ep:1 rce:2 rrl_ep:1 rrl:1 tpw_ep:1 tpw:2 tsi_ep:1 tsi:2 tao_ep:1 tao_re:1 tao:6 -:5
..uas F muo_ep:1 muo:1{manned,unmanned} daa_ep:1 daa:2 rwc_ep:1 rwc:1 -:1
..cas F svh_ep:1 svh:2 catc_ep:1 catc:3 -:1
uap 010 - 015 070 105 100 185 210 060 245 380 040 080 290 200 295 136 130 135 220 390
   270 300 110 120 510 500 340 - - - - - RE SP
)",
    R"(
category 62 editions 0.17 default 0.17
010 F sac:8 sic:8
015 F service:8
040 F -:1 track:15
060 F -:4 mode_3a:12o
070 F time_s:24*1/128
080 X mon:1{multisensor,monosensor} spi:1 mrh:1{barometric,geometric}
   src:3{none,gnss,3d radar,triangulation,coverage,speed table,default,other} tentative:1
   | sim:1 tse:1 tsb:1 fpc:1 -:3
   | ama:1 fri_foe:2{none,friendly,unknown,no reply} me:1 mi:1 -:2
   | coa:1 psr:1 ssr:1 mds:1 ads:1 suc:1 aac:1
100 F x_nm:16s*1/64 y_nm:16s*1/64
105 F lat_deg:24s*180/8388608 lon_deg:24s*180/8388608
110 F -:3 mode_1:5x
120 F -:4 mode_2:12o
130 F geometric_ft:16s*25/4
135 F qnh:1 barometric_fl:15s*1/4
136 F level_fl:16s*1/4
180 F speed_nm_per_s:16*1/16384 heading_deg:16*360/65536
200 F trans:2{constant course,right turn,left turn,undetermined}
   long:2{constant speed,increasing,decreasing,undetermined}
   vert:2{level,climb,descent,undetermined} -:2
210 F along_track_mps2:16s*44155/100000000
220 F climb_ft_per_min:16s*25/4
240 F turn_deg_per_s:8s*1/4
290 C
.psr F psr_age_s:8*1/4
.ssr F ssr_age_s:8*1/4
.mda F mda_age_s:8*1/4
.mfl F mfl_age_s:8*1/4
.mds F mds_age_s:8*1/4
.ads F ads_age_s:16*1/4
.adb F adb_age_s:8*1/4
.md1 F md1_age_s:8*1/4
.md2 F md2_age_s:8*1/4
340 C
.sid F sac:8 sic:8
.pos F rho_nm:16*1/256 theta_deg:16*360/65536
.hei F height_ft:16s*25
.mdc F v:1{validated,not validated} g:1{default,garbled} level_fl:14s*1/4
.mda F v:1{validated,not validated} g:1{default,garbled} l:1 -:1 mode_3a:12o
.typ F typ:3{none,psr,ssr,ssr+psr,mode s all-call,mode s roll-call,mode s all-call+psr,
   mode s roll-call+psr} sim:1 rab:1 tst:1 -:2
380 C
.mb R mb:56x bds1:4x bds2:4x
.adr F address:24x
.id F callsign:48c
.com F com:3{none,comm a and b,and uplink elm,and downlink elm,level 5}
   stat:3{airborne,on ground,alert airborne,alert on ground,alert and spi,spi,,unknown}
   -:2 ssc:1 arc:1{100 ft,25 ft} aic:1 b1a:1 b1b:4x
.acs F acas_ra:56x
390 C
.tag F sac:8 sic:8
.csn F callsign:56a
.ifi F typ:2{plan,unit 1,unit 2,unit 3} -:3 number:27
.fct F gat_oat:2{unknown,general,operational,not applicable}
   fr:2{ifr,vfr,not applicable,controlled vfr} rvsm:2{unknown,approved,exempt,not approved} hpr:1
   -:1
.tac F aircraft_type:32a
.wtc F wake:8a
.dep F departure:32a
.dst F destination:32a
.rds F nu1:8a nu2:8a ltr:8a
.cfl F cleared_fl:16*1/4
.ctl F centre:8 position:8
.tod R typ:5{scheduled off-block,estimated off-block,estimated take-off,actual off-block,
   predicted at runway hold,actual at runway hold,actual line-up,actual take-off,estimated arrival,
   predicted landing,actual landing,off runway,predicted to gate,actual on-block}
   day:2{today,yesterday,tomorrow} -:4 hour:5 -:2 minute:6 avs:1{available,not available} -:1
   second:6
.ast F stand:48a
.sts F emp:2{empty,occupied,unknown} avl:2{available,not available,unknown} -:4
510 RX unit:8 track:15
050 ?
uap 010 015 070 040 105 100 060 130 135 136 180 200 220 240 210 080 290 340 380 050 390
   110 120 510 - - RE SP
)",
    R"(
category 15 editions 1.0-1.2 default 1.2
000 F type:7{,measurement plot,measurement track,sensor centric plot,sensor centric track,
   track end} rg:1{periodic,event driven}
010 F sac:8 sic:8
015 F service:8
020 X momu:2{mono-static,multi-static,other,unknown}
   ttax:2{actual,reference,synthetic,simulated or replayed} scd:2{unknown,forward,backward,static}
   -:1
030 RX code:7
050 F -:2 period_s:14*1/128
145 F time_s:24*1/128
161 F number:16
170 X biz:1 baz:1 tur:1 -:1 cstp:1 csth:1 tentative:1
270 C
.len F length_m:16*1/100
.wdt F width_m:16*1/100
.hgt F height_m:16*1/100
.ort F orientation_deg:16*360/65536
300 R class:9 probability_percent:7
400 F pair:16 observation:24
480 R association:40x
600 C
.p84 F lat_deg:32s*180/2147483648 lon_deg:32s*180/2147483648
.hpr F resolution_x_m:16*1/2 resolution_y_m:16*1/2 correlation_xy:8s*1/128
.hpp F sd_x_m:16*1/4 sd_y_m:16*1/4 correlation_xy:8s*1/128
601 C
.gh F geometric_m:24s*1/100
.rsgh F resolution_m:24*1/100
.sdgh F sd_m:24*1/100
.ci6 F upper_m:12*16 lower_m:12*16
.ci9 F upper_m:12*16 lower_m:12*16
.coghhp F x:8s*1/128 y:8s*1/128
.coghhv F x:8s*1/128 y:8s*1/128
.coghha F x:8s*1/128 y:8s*1/128
602 C
.hv F vx_mps:20s*1/100 vy_mps:20s*1/100
.rshv F resolution_x_mps:16*1/100 resolution_y_mps:16*1/100 correlation_xy:8s*1/128
.sdhv F sd_x_mps:16*1/100 sd_y_mps:16*1/100 correlation_xy:8s*1/128
.cohvhp F vx_x:8s*1/128 vx_y:8s*1/128 vy_x:8s*1/128 vy_y:8s*1/128
603 C
.ha F ax_mps2:12s*1/16 ay_mps2:12s*1/16
.sdha F sd_x_mps2:12*1/16 sd_y_mps2:12*1/16 correlation_xy:8s*1/128
.cohahp F ax_x:8s*1/128 ax_y:8s*1/128 ay_x:8s*1/128 ay_y:8s*1/128
.cohahv F ax_vx:8s*1/128 ax_vy:8s*1/128 ay_vx:8s*1/128 ay_vy:8s*1/128
604 C
.vv F vertical_mps:24s*1/100
.rsvv F resolution_mps:16*1/100
.sdvv F sd_mps:16*1/100 correlation_height:8s*1/128
.covvhp F x:8s*1/128 y:8s*1/128
.covvhv F x:8s*1/128 y:8s*1/128
.covvha F x:8s*1/128 y:8s*1/128
605 C
.va F vertical_mps2:16s*1/100
.rsva F sd_mps2:16*1/100 correlation_height:8s*1/128 correlation_velocity:8s*1/128
.covahp F x:8s*1/128 y:8s*1/128
.covahv F x:8s*1/128 y:8s*1/128
.covaha F x:8s*1/128 y:8s*1/128
625 C
.r F range_m:24s*1/10
.rsr F resolution_m:24*1/10
.sdr F sd_m:24*1/10
.rr F range_rate_mps:24s*1/10
.rsrr F range_rate_resolution_mps:24*1/10
.sdrr F sd_mps:24*1/10 correlation_range:8s*1/128
.ra F range_acceleration_mps2:16s*1/64
.sdra F sd_mps2:16*1/128 correlation_range:8s*1/128 correlation_range_rate:8s*1/128
626 C
.dv F doppler_mps:24s*1/100
.sddv F doppler_sd_mps:16*1/64
.da F doppler_acceleration_mps2:16s*1/64
.sdda F sd_mps2:16*1/64 correlation_velocity:8s*1/128
.codvr F velocity_range:8s*1/128
.codvrr F velocity_range_rate:8s*1/128
.codvra F velocity_range_acceleration:8s*1/128
.codar F acceleration_range:8s*1/128
.codarr F acceleration_range_rate:8s*1/128
.codara F acceleration_range_acceleration:8s*1/128
627 C
.az F azimuth_deg:16*360/65536
.rsaz F azimuth_resolution_deg:16*45/65536
.sdaz F azimuth_sd_deg:16*45/65536
.azr F azimuth_rate_deg_per_s:16s*180/65536
.sdazr F sd_deg_per_s:16*45/65536 correlation_azimuth:8s*1/128
.azex F start_deg:16*360/65536 end_deg:16*360/65536
628 C
.el F elevation_deg:16s*180/65536
.rsel F elevation_resolution_deg:16*45/65536
.sdel F elevation_sd_deg:16*45/65536
.er F elevation_rate_deg_per_s:16s*180/65536
.sder F sd_deg_per_s:16*45/65536 correlation_elevation:8s*1/128
.elex F start_deg:16s*180/65536 end_deg:16s*180/65536
630 C
.dpp F direct_power_db:8s
.dps F direct_snr_db:8s
.rpp F -:7 reflected_power_db:9s
.rps F reflected_snr_db:8s
631 R azimuth_deg:16*360/65536 elevation_deg:16s*180/65536 range_stop_m:16*10000/65536
   range_start_m:16*10000/65536
uap 010 000 015 020 030 145 161 170 050 270 300 400 600 601 602 603 604 605 480 625 626
   627 628 630 631 SP
)",
    R"(
category 63 editions 1.0-1.7 default 1.6
010 F sac:8 sic:8
015 F service:8
030 F time_s:24*1/128
050 F sac:8 sic:8
060@-1.6 X con:2{operational,degraded,initialising,not connected} psr_nogo:1 ssr_nogo:1 mds_nogo:1
   ads_nogo:1 mlt_nogo:1 | ops_inhibited:1 odp:1 oxt:1 msc:1{connected,disconnected}
   tsv:1{valid,invalid} npw:1 -:1
060@1.7- X con:2{operational,degraded,initialising,not connected} psr_nogo:1 ssr_nogo:1 mds_nogo:1
   ads_nogo:1 mlt_nogo:1 | ops_inhibited:1 odp:1 oxt:1 msc:1{connected,disconnected}
   tsv:1{valid,invalid} npw:1 -:1
   | failure_ep:1 test_target_failure:1 spoofing_ep:1 spoofing:1{none detected,potential} -:3
070 F time_bias_ms:16s
080 F range_gain:16s*1/100000 range_bias_nm:16s*1/128
081 F azimuth_bias_deg:16s*360/65536
090 F range_gain:16s*1/100000 range_bias_nm:16s*1/128
091 F azimuth_bias_deg:16s*360/65536
092 F elevation_bias_deg:16s*360/65536
uap 010 015 030 050 060 070 080 081 090 091 092 - RE SP
)",
    R"(
category 65 editions 1.2-1.6 default 1.5
000 F type:8{,sdps status,end of batch,service status}
010 F sac:8 sic:8
015 F service:8
020 F batch:8
030 F time_s:24*1/128
040 F nogo:2{operational,degraded,not connected,unknown} ovl:1 tsv:1{valid,invalid}
   pss:2{not applicable,sdps-1,sdps-2,sdps-3} sttn:1 -:1
050 F report:8{,degraded,degradation ended,main radar out,interrupted by operator,
   interrupted by contingency,ready for restart,ended by user,user disconnected,overload,
   overload ended}
uap 010 000 015 030 020 040 050 - - - - - RE SP
)",
    R"(
category 247 editions 1.2-1.3 default 1.3
010 F sac:8 sic:8
015 F service:8
140 F time_s:24*1/128
550 R category:8 major:8 minor:8
uap 010 015 140 550 - SP RE
)"};
const std::size_t kTrackTableCount = std::size(kTrackTables);

}  // namespace picket::asterix
