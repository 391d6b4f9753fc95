"""trial.json and trial.html, which needs nothing else: pictures are in it, and nothing is fetched."""

from __future__ import annotations

import base64
import json
import math
from html import escape
from pathlib import Path
from typing import Any

from . import figures

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.6rem}h2{margin-top:2.2rem;border-bottom:1px solid #ddd}h3{margin-top:1.6rem}
table{border-collapse:collapse;font-size:.85rem;margin:.8rem 0}
td,th{padding:.2rem .6rem;border-bottom:1px solid #e4e4e4;text-align:right;white-space:nowrap}
td:first-child,th:first-child,.t td,.t th{text-align:left}.t td,td:last-child{white-space:normal}th{background:#f5f5f5}
img{max-width:100%}.scroll{max-height:34rem;overflow:auto}.wrong{background:#fbe3e0}
.flow{display:flex;flex-direction:column;align-items:center;gap:.2rem}
.flow div{border:1px solid #888;padding:.4rem 1rem;border-radius:.3rem;text-align:center;min-width:18rem}
@media print{.scroll{max-height:none}}
.flow .out{border-style:dashed}.flow .out,.note{color:#555;font-size:.85rem}
"""


def number(value: Any) -> str:  # noqa: ANN401 (what JSON has)
    """A number for people; nothing if there is none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _interval(row: dict[str, Any]) -> str:
    return f"{number(row['low'])} to {number(row['high'])}" if math.isfinite(row["low"]) else "–"


def _table(head: list[str], rows: list[list[str]], kind: str = "", marked: set[int] | None = None) -> str:
    """Cells are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = ""
    for i, row in enumerate(rows):
        body += '<tr class="wrong">' if marked and i in marked else "<tr>"
        body += "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    return f'<div class="scroll"><table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _picture(svg: str, about: str) -> str:
    data = base64.b64encode(svg.encode()).decode()
    return f'<p><img src="data:image/svg+xml;base64,{data}" alt="{escape(about)}"></p>'


def _reasons(found: dict[str, int]) -> str:
    return "; ".join(f"{n} × {escape(text)}" for text, n in found.items())


def _flow(flow: dict[str, Any], reference: str) -> str:
    lost = f"{flow['reference_failed']} failed in the reference arm"
    if flow["reference_reasons"]:
        lost += f": {_reasons(flow['reference_reasons'])}"
    lost += f"; {flow['reference_not_there']} not computed" if flow["reference_not_there"] else ""
    boxes = (
        f"<div>{flow['patients_planned']} virtual patients planned ({flow['members_planned']} members)</div>"
        f'<div class="out">{lost}</div><div>{flow["reference_done"]} done in {escape(reference)}</div>'
        f'<div class="out">{flow["rejected"]} not accepted: outside the calibration ranges</div>'
        f"<div>{flow['eligible']} patients in the analysis</div>"
    )
    rows = []
    for row in flow["arms"]:
        failed = ", ".join(f"{n} {status}" for status, n in row["by_status"].items()) or "0"
        cells = [escape(row["arm"]), str(row["eligible"]), str(row["done"]), failed, str(row["not_there"])]
        rows.append([*cells, _reasons(row["reasons"])])
    head = ["arm", "patients", "done", "failed", "not computed", "reasons"]
    return f'<div class="flow">{boxes}</div>' + _table(head, rows)


def _endpoint(endpoint: dict[str, Any], first: bool, level: float) -> str:
    unit = f" ({escape(endpoint['unit'])})" if endpoint["unit"] else ""
    better = {"neither": "no direction is better"}.get(endpoint["better"], f"{endpoint['better']} is better")
    kind = "ratio (geometric mean of paired ratios)" if endpoint["compare"] == "ratio" else "paired difference"
    out = f"<h3>{escape(endpoint['name'])}{' · primary endpoint' if first else ''}</h3>"
    out += (
        f"<p>{escape(endpoint['definition']) or 'No definition given.'} Quantity <code>{escape(endpoint['quantity'])}"
    )
    out += f"</code>{unit}; {better}; effect: {kind} against the reference arm.</p>"
    if any(row.get("pairs") for row in endpoint["arms"]):
        out += _picture(figures.forest(endpoint), f"Effects on {endpoint['name']} by arm")
        colours = "" if endpoint["better"] == "neither" else "Green: better, red: worse; "
        out += f'<p class="note">{colours}grey: the interval has no effect in it. Not adjusted for multiplicity.</p>'
    rows, strata = [], []
    for row in endpoint["arms"]:
        cells = [escape(row["arm"]), str(row["n"]), number(row["mean"]), number(row["sd"])]
        if "pairs" in row:
            cells += [str(row["pairs"]), number(row["effect"]), _interval(row), number(row["p"]), number(row["p_holm"])]
            cells += [str(row["without_value"])]
            for stratum, part in row["strata"].items():
                strata.append(
                    [escape(row["arm"]), escape(stratum), str(part["pairs"]), number(part["effect"]), _interval(part)]
                )
        else:
            cells += ["reference", *[""] * 5]
        rows.append(cells)
    percent = f"{100 * level:g} %"
    head = ["arm", "n", f"mean{unit}", "SD", "pairs", "effect", percent, "p", "p (Holm)", "without a value"]
    out += _table(head, rows)
    if strata:
        out += "<h4>By stratum</h4>" + _table(["arm", "stratum", "pairs", "effect", percent], strata)
    return out


def _confusion(of: dict[str, Any], names: list[str]) -> str:
    head = ["known \\ given", *[escape(name) for name in names]]
    rows = [[escape(names[i]), *[str(n) for n in row]] for i, row in enumerate(of["confusion"])]
    return _table(head, rows)


def _auc_text(curve: dict[str, Any]) -> str:
    text = f"{number(curve['auc'])} ({_interval(curve)} over drugs"
    if "by_patient" in curve:
        inner = curve["by_patient"]
        text += f"; {number(inner['low'])} to {number(inner['high'])} over patients, median {number(inner['median'])}"
    return text + ")"


def _published(published: dict[str, Any], classes: dict[str, Any]) -> str:
    whole = classes["sets"]["all"]
    ours = published.get("ours_at_these_thresholds")
    rows = [["thresholds", ", ".join(number(t["value"]) for t in classes["thresholds"]),
             ", ".join(number(t) for t in published.get("thresholds") or [])],
            ["AUC, all drugs", ", ".join(number(c["auc"]) for c in whole["roc"]),
             ", ".join(number(float(a)) for a in published.get("auc") or [])],
            ["drugs in the right class", f"{whole['correct']} of {whole['drugs']}",
             f"{published.get('correct', '–')} of {published.get('total', '–')}"]]  # fmt: skip
    if ours:
        rows.append(["our scores at the published thresholds", f"{ours['correct']} of {ours['total']}", ""])
    return "<h3>Beside published results</h3>" + _table(["", "here", escape(str(published["source"]))], rows, "t")


def _classes(classes: dict[str, Any], level: float) -> str:
    names = classes["classes"]
    doses = ", ".join(f"{d:g}" for d in classes["doses"])
    fitted = {"cut": "the error-minimising cut (the middle of the gap)", "logistic": "a proportional odds model"}
    quantity = escape(classes["quantity"])
    out = f"<h2>Classes of drugs</h2><p>Score: mean of {quantity} over doses {doses}, of each patient. "
    out += f"Thresholds are fitted on the training drugs only, by {fitted[classes['method']]}"
    if classes["method"] != classes["method_asked"]:
        out += " (training drugs of neighbouring classes do not overlap, so that a logistic fit has no maximum)"
    out += f", on the scores of {classes['patients']} patient(s) a drug; drugs are placed by their median.</p>"
    rows = [[escape(" / ".join(t["between"])), number(t["value"]), _interval(t)] for t in classes["thresholds"]]
    out += _table(["threshold between", f"value ({escape(classes['unit'])})", f"{100 * level:g} % over patients"], rows)
    out += _picture(figures.drug_scores(classes), "Scores of drugs, with thresholds")
    out += _picture(figures.rocs(classes), "ROC curves")
    for name, of in classes["sets"].items():
        out += f"<h3>{name.capitalize()} drugs: {of['correct']} of {of['drugs']} in the right class</h3>"
        out += _confusion(of, names)
        lines = [
            [f"{escape(' or '.join(c['harmful']))} against {escape(' or '.join(c['against']))}", _auc_text(c)]
            for c in of["roc"]
        ]
        out += _table(["ROC", "area under the curve"], lines, "t")
    if classes["published"]:
        out += _published(classes["published"], classes)
    many = classes["patients"] > 1
    head = ["drug", "known class", "given class", "set", "score", *([f"{100 * level:g} % of patients"] if many else [])]
    head += [f"P({escape(name)})" for name in names] if many else []
    rows = []
    for row in classes["drugs"]:
        cells = [escape(row["drug"]), escape(row["class"]), escape(row["given"]), row["set"], number(row["score"])]
        if many:
            cells += [_interval(row), *[f"{row['probability'][name]:.3f}" for name in names]]
        rows.append(cells)
    wrong = {i for i, row in enumerate(classes["drugs"]) if row["class"] != row["given"]}
    out += "<h3>Drug by drug</h3>" + _table(head, rows, marked=wrong)
    if many:
        out += _picture(figures.probabilities(classes), "Probability of each class by drug")
    for what in ("without_score", "without_class"):
        if classes[what]:
            out += f'<p class="note">Drugs {what.replace("_", " ")}: {escape(", ".join(classes[what]))}.</p>'
    return out


def _brief(trial: dict[str, Any]) -> str:
    """The primary endpoint and the classes in a few sentences."""
    lines = []
    missing = sum(row["not_there"] for row in trial["flow"]["arms"]) + trial["flow"]["reference_not_there"]
    if missing:
        lines.append(f"<b>Not complete: {missing} members are not computed yet.</b>")
    for endpoint in trial["endpoints"][:1]:
        arms = [row for row in endpoint["arms"] if row.get("pairs")]
        sure = [row for row in arms if (row["p_holm"] or 1.0) < 1 - trial["level"]]
        if arms:
            neutral = 1.0 if endpoint["compare"] == "ratio" else 0.0
            largest = max(arms, key=lambda row: abs(row["effect"] - neutral))
            text = f"{escape(endpoint['name'])}: the largest effect is that of {escape(largest['arm'])}, "
            text += f"{number(largest['effect'])} ({_interval(largest)})"
            text += (
                f"; {len(sure)} of {len(arms)} arms differ from the reference after Holm's adjustment." if sure else "."
            )
            lines.append(text)
    if trial["classes"]:
        for name in ("training", "validation"):
            of = trial["classes"]["sets"].get(name)
            if of:
                area = ", ".join(number(curve["auc"]) for curve in of["roc"])
                lines.append(
                    f"{name.capitalize()} drugs: {of['correct']} of {of['drugs']} in the right class; AUC {area}."
                )
    return "<h2>In brief</h2><ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>" if lines else ""


def html_of(trial: dict[str, Any]) -> str:
    """The whole report."""
    title = escape(trial["title"])
    out = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    out += f"<style>{STYLE}</style></head>"
    out += f"<body><h1>{title}</h1><p>An in-silico trial: {len(trial['arms'])} arms on the same virtual patients; "
    out += f"the reference arm is <b>{escape(trial['reference'])}</b>.</p>{_brief(trial)}<h2>Flow</h2>"
    out += _flow(trial["flow"], trial["reference"])
    if trial["endpoints"]:
        out += "<h2>Endpoints</h2>"
        out += "".join(_endpoint(e, i == 0, trial["level"]) for i, e in enumerate(trial["endpoints"]))
    if trial["classes"]:
        out += _classes(trial["classes"], trial["level"])
    methods, made = trial["methods"], trial["provenance"]
    out += "<h2>Methods</h2><ul>" + "".join(f"<li>{k}: {escape(v)}</li>" for k, v in methods.items()) + "</ul>"
    out += "<p>Effects are paired by patient. Intervals and p say how much virtual patients differ, not how well the "
    out += "model describes people; with enough virtual patients any effect becomes significant: read its size.</p>"
    rows = [
        ["cohort", f"<code>{escape(made['cohort'])}</code>"],
        ["fingerprint", f"<code>{escape(made['fingerprint'])}</code>"],
    ]
    rows += [["healthcast", escape(made["healthcast"])], ["healthcast_post", escape(made["healthcast_post"])]]
    rows += [["computed", f"{made['seconds_of_members'] / 3600:.3g} core hours of members"]]
    rows += [
        [escape(str(i.get("path", ""))), f"<code>{escape(str(i.get('sha256', '')))}</code>"] for i in made["inputs"]
    ]
    return out + "<h2>Provenance</h2>" + _table(["what", ""], rows, "t") + "</body></html>\n"


def _plain(value: Any) -> Any:  # noqa: ANN401 (what JSON has)
    """NAN becomes null, which JSON knows."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_report(trial: dict[str, Any], folder: Path) -> list[Path]:
    """trial.json and trial.html in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "trial.json", folder / "trial.html"]
    paths[0].write_text(json.dumps(_plain(trial), indent=1, allow_nan=False) + "\n")
    paths[1].write_text(html_of(trial))
    return paths
