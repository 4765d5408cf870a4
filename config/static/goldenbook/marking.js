// Marks in a text what was searched for, however it is spelled: "imam" in "İmamoğlu".

// Letters without their marks, one for one, so that places in the folded text are places in the text.
const folded = (text) => [...text].map((letter) => {
  const bare = { ı: "i", ß: "s", ø: "o", ł: "l" }[letter] ?? letter.normalize("NFD")[0];
  return bare.toLowerCase()[0] ?? letter;
}).join("");

// The text as nodes and strings for append().
export function marked(text, term) {
  const place = term ? folded(text).indexOf(folded(term)) : -1;
  if (place < 0) return [text];
  const letters = [...text];
  const end = place + [...term].length;
  const mark = document.createElement("mark");
  mark.textContent = letters.slice(place, end).join("");
  return [letters.slice(0, place).join(""), mark, letters.slice(end).join("")];
}
