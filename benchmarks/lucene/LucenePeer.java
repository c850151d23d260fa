import static org.apache.lucene.search.SortedNumericSelector.Type.MIN;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.util.CharTokenizer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.uhighlight.UnifiedHighlighter;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.NumericUtils;

/**
 * Lucene as a peer: EnglishAnalyzer (without stop words) for title and body, pre-cut Chinese parted at
 * whatever is no letter or digit for the summary. Reads messages on stdin, answers on stdout: a message
 * is a count of texts, then each text's length and UTF-8 bytes.
 */
public final class LucenePeer {
  private static final String[] FIELDS = {"title", "summary", "body"};
  private static final double RAM_BUFFER_MB = 128;
  private static final long RECENCY_PIVOT = 30L * 86_400;
  private static final long ANY_DATE = 1L << 40;
  private static final Set<String> SHOWN = Set.of("id", "title");

  private final Analyzer english = new EnglishAnalyzer(CharArraySet.EMPTY_SET);
  private final Analyzer analyzer =
      new PerFieldAnalyzerWrapper(english, Map.of("summary", new SpacedAnalyzer()));
  private final FSDirectory directory;
  private IndexWriter writer;
  private DirectoryReader reader;
  private IndexSearcher searcher;
  private UnifiedHighlighter highlighter;

  private LucenePeer(Path folder) throws IOException {
    directory = FSDirectory.open(folder);
  }

  public static void main(String[] arguments) throws IOException {
    LucenePeer peer = new LucenePeer(Path.of(arguments[0]));
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
    while (true) {
      List<String> message;
      try {
        message = receive(in);
      } catch (EOFException end) {
        return;
      }
      List<String> answer = peer.handle(message);
      if (answer != null) {
        send(out, answer);
      }
    }
  }

  private static List<String> receive(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<String> message = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      message.add(new String(bytes, StandardCharsets.UTF_8));
    }
    return message;
  }

  private static void send(DataOutputStream out, List<String> message) throws IOException {
    out.writeInt(message.size());
    for (String text : message) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(bytes.length);
      out.write(bytes);
    }
    out.flush();
  }

  /** Does what is asked; null where no answer is awaited. */
  private List<String> handle(List<String> message) throws IOException {
    switch (message.get(0)) {
      case "put":
        put(message);
        return null;
      case "commit":
        writer.close(); // commits, and waits for merges
        writer = null;
        return List.of();
      case "open":
        show(DirectoryReader.open(directory));
        return List.of();
      case "refresh":
        DirectoryReader newer = DirectoryReader.openIfChanged(reader);
        if (newer != null) {
          reader.close();
          show(newer);
        }
        return List.of();
      case "close":
        reader.close();
        return List.of();
      case "search":
        return search(message);
      default:
        String lucene = org.apache.lucene.util.Version.LATEST.toString();
        return List.of("Lucene " + lucene + ", Java " + Runtime.version().feature());
    }
  }

  private void show(DirectoryReader opened) {
    reader = opened;
    searcher = new IndexSearcher(reader);
    searcher.setQueryCache(null); // every round shall do the work again
    highlighter = UnifiedHighlighter.builder(searcher, analyzer).build();
  }

  private void put(List<String> message) throws IOException {
    if (writer == null) {
      IndexWriterConfig config = new IndexWriterConfig(analyzer);
      config.setRAMBufferSizeMB(RAM_BUFFER_MB);
      writer = new IndexWriter(directory, config);
    }
    Document document = new Document();
    document.add(new StringField("id", message.get(1), Field.Store.YES));
    document.add(new StringField("source", message.get(2), Field.Store.YES));
    document.add(new LongField("published", Long.parseLong(message.get(3)), Field.Store.YES));
    document.add(new TextField("title", message.get(4), Field.Store.YES));
    document.add(new TextField("summary", message.get(5), Field.Store.YES));
    document.add(new TextField("body", message.get(6), Field.Store.YES));
    writer.updateDocument(new Term("id", message.get(1)), document);
  }

  private List<String> search(List<String> message) throws IOException {
    long started = System.nanoTime();
    Query query = query(message);
    int limit = Integer.parseInt(message.get(8));
    TopDocs found =
        message.get(7).equals("newest")
            ? searcher.search(
                query, limit, new Sort(LongField.newSortField("published", true, MIN)))
            : searcher.search(query, limit);
    List<String> ids = new ArrayList<>();
    int shown = 0;
    for (ScoreDoc hit : found.scoreDocs) {
      Document document = searcher.storedFields().document(hit.doc, SHOWN);
      ids.add(document.get("id"));
      shown += document.get("title").length();
    }
    if (!message.get(9).isEmpty()) {
      shown += snippets(query, found);
    }
    int total = message.get(10).isEmpty() ? -1 : searcher.count(query);
    long taken = System.nanoTime() - started;
    List<String> answer = new ArrayList<>();
    answer.add(Long.toString(taken));
    answer.add(Integer.toString(total));
    answer.add(Integer.toString(shown));
    answer.addAll(ids);
    return answer;
  }

  private int snippets(Query query, TopDocs found) throws IOException {
    Map<String, String[]> made =
        highlighter.highlightFields(new String[] {"body", "summary"}, query, found);
    int shown = 0;
    for (String[] passages : made.values()) {
      for (String passage : passages) {
        shown += passage == null ? 0 : passage.length();
      }
    }
    return shown;
  }

  private Query query(List<String> message) throws IOException {
    String[] words = parts(message.get(1));
    String[] tokens = parts(message.get(2));
    String match = message.get(3);
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    if (match.equals("phrase")) {
      all.add(phrase(words, tokens), Occur.MUST);
    } else {
      String[] weights = parts(message.get(11));
      Occur occur = match.equals("any") ? Occur.SHOULD : Occur.MUST;
      for (String word : words) {
        all.add(word(word, weights), occur);
      }
      for (String token : tokens) {
        float weight = Float.parseFloat(weights[1]);
        if (weight > 0) {
          all.add(new BoostQuery(new TermQuery(new Term("summary", token)), weight), occur);
        }
      }
    }
    if (!message.get(4).isEmpty()) {
      all.add(new TermQuery(new Term("source", message.get(4))), Occur.FILTER);
    }
    long first = Long.parseLong(message.get(5));
    long last = Long.parseLong(message.get(6));
    if (first > -ANY_DATE || last < ANY_DATE) {
      all.add(LongField.newRangeQuery("published", first, last), Occur.FILTER);
    }
    if (message.get(7).equals("recency")) {
      long newest = NumericUtils.sortableBytesToLong(
          PointValues.getMaxPackedValue(reader, "published"), 0);
      all.add(
          LongField.newDistanceFeatureQuery("published", 1f, newest, RECENCY_PIVOT), Occur.SHOULD);
    }
    return all.build();
  }

  private Query word(String word, String[] weights) throws IOException {
    String stem = stem(word);
    BooleanQuery.Builder either = new BooleanQuery.Builder();
    for (int i = 0; i < FIELDS.length; i++) {
      float weight = Float.parseFloat(weights[i]);
      if (weight > 0) {
        String form = FIELDS[i].equals("summary") ? word.toLowerCase() : stem;
        either.add(
            new BoostQuery(new TermQuery(new Term(FIELDS[i], form)), weight), Occur.SHOULD);
      }
    }
    return either.build();
  }

  private Query phrase(String[] words, String[] tokens) throws IOException {
    if (words.length == 0) {
      return new PhraseQuery("summary", tokens);
    }
    String[] stems = new String[words.length];
    for (int i = 0; i < words.length; i++) {
      stems[i] = stem(words[i]);
    }
    BooleanQuery.Builder either = new BooleanQuery.Builder();
    either.add(new PhraseQuery("title", stems), Occur.SHOULD);
    either.add(new PhraseQuery("summary", words), Occur.SHOULD);
    either.add(new PhraseQuery("body", stems), Occur.SHOULD);
    return either.build();
  }

  private String stem(String word) throws IOException {
    try (TokenStream stream = english.tokenStream("body", word)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      String stem = stream.incrementToken() ? term.toString() : word.toLowerCase();
      stream.end();
      return stem;
    }
  }

  private static String[] parts(String joined) {
    return joined.isEmpty() ? new String[0] : joined.split("\u001f");
  }

  /** Parts pre-cut text at everything that is no letter and no digit. */
  private static final class SpacedAnalyzer extends Analyzer {
    @Override
    protected TokenStreamComponents createComponents(String field) {
      Tokenizer tokenizer = CharTokenizer.fromTokenCharPredicate(Character::isLetterOrDigit);
      return new TokenStreamComponents(tokenizer, new LowerCaseFilter(tokenizer));
    }
  }
}
