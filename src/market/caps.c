#include "market/caps.h"

void prom_standing_need(prom_reasons *reasons, prom_reason_code code, prom_amount needed, prom_amount cap,
                        prom_amount before)
{
    if (!prom_amount_is_zero(cap)) {
        prom_reasons_need_amount(reasons, code, needed, prom_amount_subtract(cap, before));
    }
}

void prom_caps_judge(prom_reasons *all, prom_reasons *own, const prom_caps *caps, const prom_caps_sums *before,
                     prom_amount cost, prom_amount fees)
{
    const prom_amount whole = prom_amount_add(cost, fees);
    prom_reasons_need_amount(all, PROM_REASON_CAP_JOB, whole, prom_amount_subtract(caps->job, before->job));
    prom_reasons_need_amount(all, PROM_REASON_CAP_DAY, whole, prom_amount_subtract(caps->day, before->day));
    prom_reasons_need_amount(all, PROM_REASON_CAP_FEES, fees, prom_amount_subtract(caps->fees, before->fees));
    prom_reasons_need_amount(own, PROM_REASON_CAP_PEER, cost, prom_amount_subtract(caps->peer, before->peer));
}

void prom_standing_judge(prom_reasons *all, prom_reasons *own, const prom_standing_caps *caps,
                         const prom_caps_sums *before, prom_amount cost, prom_amount fees)
{
    const prom_amount whole = prom_amount_add(cost, fees);
    prom_standing_need(all, PROM_REASON_CAP_JOB, whole, caps->job, before->job);
    prom_standing_need(all, PROM_REASON_CAP_DAY, whole, caps->day, before->day);
    prom_standing_need(all, PROM_REASON_CAP_CONTRACT_FEES, fees, caps->fees, prom_amount_zero());
    prom_standing_need(own, PROM_REASON_CAP_PEER, whole, caps->peer, before->open);
}
