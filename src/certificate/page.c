/* A certificate as text. */
#include "certificate/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "certificate/certificate_parts.h"
#include "outlook/paragraph.h"

const char *prom_page_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static json_int_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

json_int_t prom_page_height(const json_t *step)
{
    return number_of(step, "height");
}

void prom_page_add_contract(prom_sentence *text, const json_t *root)
{
    const json_t *inputs = json_object_get(root, "inputs");
    const json_t *P = json_object_get(inputs, "P");
    const json_int_t numbers[] = {
        number_of(inputs, "c"),        number_of(P, "w"),           number_of(P, "v"), number_of(P, "a"),
        number_of(inputs, "retainer"), number_of(inputs, "feerate")};
    const char *network = prom_page_text(inputs, "network");
    char shown[sizeof numbers / sizeof *numbers][PROM_UNITS];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)prom_units_number(shown[i], (uint64_t)numbers[i]);
    }
    prom_sentence_add(text,
                      "On bitcoin's %s: a reward of %s sat; the worker locks %s, the verifier %s, each of "
                      "%" JSON_INTEGER_FORMAT " arbiters %s for a retainer of %s; fees at %s sat/vB.",
                      strcmp(network, "main") == 0 ? "main network" : network, shown[0], shown[1], shown[2],
                      number_of(P, "n"), shown[3], shown[4], shown[5]);
}

const char *prom_page_verdict(const json_t *root)
{
    static const char *const words[][2] = {
        {"safe", "SAFE"}, {"warning", "SAFE, WITH WARNINGS"}, {"refused", "NOT SAFE"}, {"bound", "NOT VALID"}};
    const char *verdict = prom_page_text(root, "verdict");
    const char *shown = "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        shown = strcmp(words[i][0], verdict) == 0 ? words[i][1] : shown;
    }
    return shown;
}

void prom_page_add_finding(prom_sentence *text, const json_t *finding)
{
    const bool refuses = strcmp(prom_page_text(finding, "severity"), "warning") != 0;
    const json_int_t amount = number_of(finding, "amount");
    char shown[PROM_UNITS];
    prom_sentence_add(text, "%s, %s: %s", refuses ? "Refused" : "Warning", prom_page_text(finding, "name"),
                      prom_page_text(finding, "meaning"));
    if (amount > 0) {
        prom_sentence_add(text, " It is about %s sat.", prom_units_number(shown, (uint64_t)amount));
    }
}

static void print_findings(const json_t *findings)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        prom_sentence finding = {.length = 0};
        prom_page_add_finding(&finding, json_array_get(findings, i));
        prom_paragraph(4, "  - %s", finding.text);
    }
}

static void print_line(const json_t *lines, prom_certificate_line line)
{
    const json_t *list = json_object_get(lines, prom_certificate_line_name(line));
    (void)printf("\n%s\n", prom_certificate_line_heading(line));
    for (size_t i = 0; i < json_array_size(list); i++) {
        prom_paragraph(4, "  - %s", json_string_value(json_array_get(list, i)));
    }
}

static void print_story(const json_t *story)
{
    if (json_array_size(story) > 0) {
        char first[PROM_UNITS];
        (void)printf("\nHow the attack would happen, if Tx0 were in block %s\n",
                     prom_units_number(first, PROM_STORY_BEGINS));
    }
    for (size_t i = 0; i < json_array_size(story); i++) {
        const json_t *step = json_array_get(story, i);
        char height[PROM_UNITS];
        prom_paragraph(13, "  %9s  %s", prom_units_number(height, (uint64_t)prom_page_height(step)),
                       prom_page_text(step, "text"));
    }
}

void prom_certificate_print(const prom_certificate *certificate)
{
    const json_t *root = certificate->root;
    const json_t *bound = json_object_get(root, "bound");
    prom_sentence contract = {.length = 0};
    prom_page_add_contract(&contract, root);
    (void)printf("Certificate of a contract\n\n");
    prom_paragraph(0, "%s", contract.text);
    (void)printf("Hash of all that was asked:\n  %s\n\n", prom_page_text(root, "inputs_hash"));
    prom_paragraph(0, "Verdict: %s. %s", prom_page_verdict(root), prom_page_text(root, "meaning"));
    if (json_is_string(bound)) {
        prom_paragraph(0, "%s", json_string_value(bound));
    }
    print_findings(json_object_get(root, "findings"));
    for (prom_certificate_line line = PROM_LINE_LOSE; line < PROM_LINES; line++) {
        print_line(json_object_get(root, "lines"), line);
    }
    print_story(json_object_get(root, "story"));
    (void)printf("\n");
    prom_paragraph(0,
                   "Made by prom %s. 'prom game verify' computes all of it again from the certificate's JSON or page "
                   "(--json, --svg).",
                   prom_page_text(root, "program"));
}
