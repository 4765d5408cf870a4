// What the element says, in German and English; other languages get German, as names do at the API.

const WORDS = {
  de: {
    map: "Karte", list: "Partnerstädte", former: "Frühere Verbindungen", anniversaries: "Nächste Jahrestage",
    loading: "Wird geladen …", nothing: "Hierzu ist nichts veröffentlicht.",
    noneAhead: "Es steht kein Jahrestag bevor.", failed: "Die Angaben lassen sich gerade nicht laden.", again: "Noch einmal versuchen",
    shown: (ties, days) => [ties == null ? "" : `Verbindungen: ${ties}`, days == null ? "" : `Jahrestage: ${days}`],
    points: "Städte auf der Karte", closer: "Vergrößern", wider: "Verkleinern", unplaced: "Nicht auf der Karte:", website: "Website", with: "mit", also: "gemeinsam mit",
    since: "seit", years: (count) => (count === 1 ? "1 Jahr" : `${count} Jahre`),
    day: "am", month: "im", year: "im Jahr",
    partnership: "Städtepartnerschaft", friendship: "Freundschaft", contact: "Kontakt",
    project: "Projektpartnerschaft", climate: "Klimapartnerschaft",
    proposed: "vorgeschlagen", dormant: "ruhend", suspended: "ausgesetzt", ended: "beendet",
    jubilee: "Jubiläum", round: "rundes Jahr",
    marks: { home: "Heimatstadt", partner: "Partnerstadt", loose: "Kontakt", past: "frühere Verbindung" },
    wrong: (name, word, known) => `${name}="${word}" kennt Goldenbook nicht. Möglich: ${known}.`,
  },
  en: {
    map: "Map", list: "Partner cities", former: "Former ties", anniversaries: "Next anniversaries",
    loading: "Loading …", nothing: "Nothing is published on this.",
    noneAhead: "No anniversary lies ahead.", failed: "This cannot be loaded just now.", again: "Try again",
    shown: (ties, days) => [ties == null ? "" : `Ties: ${ties}`, days == null ? "" : `Anniversaries: ${days}`],
    points: "Cities on the map", closer: "Zoom in", wider: "Zoom out", unplaced: "Not on the map:", website: "Website", with: "with", also: "together with",
    since: "since", years: (count) => (count === 1 ? "1 year" : `${count} years`),
    day: "on", month: "in", year: "in",
    partnership: "Partnership", friendship: "Friendship", contact: "Contact",
    project: "Project partnership", climate: "Climate partnership",
    proposed: "proposed", dormant: "dormant", suspended: "suspended", ended: "ended",
    jubilee: "jubilee", round: "round year",
    marks: { home: "Home city", partner: "Partner city", loose: "Contact", past: "former tie" },
    wrong: (name, word, known) => `Goldenbook does not know ${name}="${word}". Possible: ${known}.`,
  },
};

export class Writer {
  constructor(language) {
    const [primary] = language.toLowerCase().split("-");
    this.code = primary in WORDS ? primary : "de";
    this.words = WORDS[this.code];
    // English dates as Europe writes them.
    this.locale = this.code === "en" ? "en-GB" : this.code;
    this.regions = new Intl.DisplayNames([this.locale], { type: "region" });
  }

  date(text) {
    const [year, month, day] = text.split("-");
    if (!month) return year;
    const options = { timeZone: "UTC", year: "numeric", month: "long", ...(day && { day: "numeric" }) };
    return new Intl.DateTimeFormat(this.locale, options).format(Date.UTC(year, month - 1, day ?? 1));
  }

  at(text) {
    return `${this.words[["year", "month", "day"][text.split("-").length - 1]]} ${this.date(text)}`;
  }

  names(found) {
    return new Intl.ListFormat(this.locale).format(found);
  }

  country(city) {
    return city?.country ? this.regions.of(city.country) : "";
  }
}
