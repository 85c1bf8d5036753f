package demo

import "strings"

// tongue holds the words of which companies and people are named in one
// language. The names are made up; likeness to a real one is chance.
type tongue struct {
	given  []string
	family []string
	ascii  [2][]string // given and family in Latin letters, where folding is not enough

	firm   []string // beginnings of company names; none: family names
	joined []string // second halves, written together; none: nothing
	trades []string // one word or more per industry, in order of industries
	legal  []string
	cities []string
}

const (
	english = iota
	german
	french
	spanish
	portuguese
	italian
	swedish
	polish
	indian
	japanese
)

func words(s string) []string { return strings.Split(s, ",") }

var tongues = []tongue{
	english: {
		given:  words("James,Mary,Robert,Linda,Michael,Sarah,David,Karen,Daniel,Nancy,Matthew,Emily,Anthony,Grace,Mark,Olivia,Steven,Hannah,Andrew,Zoë,Joshua,Chloe,Kevin,Rachel,Brian,Megan,Tyrone,Aaliyah,Siobhán,Owen"),
		family: words("Smith,Johnson,Brown,Taylor,Miller,Davis,Wilson,Moore,Clark,Lewis,Walker,Hall,Allen,Young,King,Wright,Scott,Green,Baker,Adams,Nelson,Carter,Mitchell,Turner,Parker,Collins,Morris,O'Neill,Reed,Cook,Morgan,Bell,Murphy,Bailey,Cooper,Ward"),
		firm:   words("Cedar,Silver,North,Blue,Iron,Bright,Stone,Maple,River,Summit,Harbor,Red,Clear,Oak,Granite,Golden,Lake,Fox,Eagle,West,Pine,Copper,Crown,Amber,High,Winter,Green,Spring,Mill,Star,Ash,Birch,Coral,Dover,Elm,Falcon,Grove,Hazel,Ivory,Juniper"),
		joined: words("bridge,field,brook,point,gate,ridge,haven,wood,ford,light,stone,well,crest,view,path,line,side,works,port,dale,wing,fall,shore,mark,land"),
		trades: words("Software|Systems|Cloud,Manufacturing|Tools|Components,Stores|Retail|Outfitters,Capital|Bank|Insurance,Health|Medical|Clinics,College|Schools|Academy,Logistics|Freight|Shipping,Media|Press|Studios,City Council|Authority|County,Energy|Power|Utilities,Consulting|Partners|Advisory,Hotels|Resorts|Dining"),
		legal:  words("Inc.,LLC,Corp.,Group,Ltd,& Co."),
		cities: words("Austin,Leeds,Boston,Perth,Denver,Bristol,Toronto,Phoenix,Portland,Glasgow"),
	},
	german: {
		given:  words("Anna,Lukas,Jürgen,Käthe,Stefan,Ursula,Jörg,Sabine,Maximilian,Lena,Björn,Heike,Tobias,Franziska,Günther,Claudia"),
		family: words("Müller,Schmidt,Weber,Schäfer,Köhler,Brandstätter,Krüger,Hofmann,Lehmann,Vogel,Grünwald,Böhm,Winkler,Strauß,Dörfler,Jäger,Seidel,Ackermann,Völker,Steinhäuser"),
		firm:   words("Nordlicht,Rheintal,Alpenblick,Elbufer,Schwarzwald,Höhenweg,Grünfeld,Sternberg,Südpark,Hansekontor,Müller & Söhne,Lindenhof,Weißenfels,Kronthal,Ostwind,Bärenkamp"),
		trades: words("Software|Systemhaus|Datentechnik,Maschinenbau|Werkzeuge|Präzisionstechnik,Handel|Märkte|Warenhaus,Finanz|Versicherung|Privatbank,Kliniken|Medizintechnik|Gesundheit,Bildung|Akademie|Schulverbund,Logistik|Spedition|Lagerhaus,Medien|Verlag|Druck,Stadtwerke|Landkreis|Zweckverband,Energie|Solar|Netze,Beratung|Steuerkanzlei|Partner,Hotels|Gastronomie|Gästehaus"),
		legal:  words("GmbH,AG,GmbH & Co. KG,SE"),
		cities: words("Köln,Leipzig,Zürich,München,Hamburg,Düsseldorf,Nürnberg,Utrecht"),
	},
	french: {
		given:  words("Chloé,Hélène,François,Jérôme,Amélie,Benoît,Zoé,Théo,Camille,Raphaël,Inès,Gaëlle,Loïc,Margaux"),
		family: words("Lefèvre,Dubois,Girard,Léger,Fournier,Béranger,Chevallier,Rousseau,Gauthier,Périn,Lemaître,Faure,Brûlé,Mercier"),
		firm:   words("Ateliers Lévêque,Grand Hêtre,Côte Bleue,Val d'Or,Pont-Neuf,Étoile du Nord,Belle Rivière,Clairière,Haut-Plateau,Île Verte,Trois Chênes,Beaulieu"),
		trades: words("Logiciels|Numérique,Industrie|Mécanique,Distribution|Magasins,Assurances|Crédit,Santé|Cliniques,Éducation|Formation,Transports|Logistique,Médias|Éditions,Métropole|Région,Énergie|Réseaux,Conseil|Associés,Hôtels|Restauration"),
		legal:  words("SAS,SA,SARL"),
		cities: words("Lyon,Nîmes,Orléans,Montréal,Besançon,Saint-Étienne"),
	},
	spanish: {
		given:  words("Lucía,José,María,Íñigo,Sofía,Álvaro,Begoña,Martín,Ana,Andrés,Inés,Raúl"),
		family: words("García,Fernández,Núñez,Martínez,Ibáñez,López,Peña,Gómez,Muñoz,Ruiz,Ordóñez,Vázquez"),
		firm:   words("Sierra Alta,Río Claro,Peñablanca,Costa Brava,Montaña Azul,El Roble,Nueva Era,Puente Viejo,Cañaveral,Sol y Mar,Estrella,Valle Verde"),
		trades: words("Software|Sistemas,Industrias|Talleres,Comercio|Almacenes,Finanzas|Seguros,Salud|Clínicas,Educación|Academia,Logística|Transportes,Medios|Editorial,Ayuntamiento|Diputación,Energía|Eléctrica,Consultores|Asesoría,Hoteles|Restauración"),
		legal:  words("S.A.,S.L.,S.A. de C.V."),
		cities: words("Málaga,León,Mérida,Córdoba,Querétaro,Bilbao"),
	},
	portuguese: {
		given:  words("João,Conceição,Luís,Beatriz,André,Júlia,Antônio,Letícia,Caio,Inês"),
		family: words("Gonçalves,Araújo,Simões,Magalhães,Conceição,Brandão,Assunção,Vieira,Falcão,Moraes"),
		firm:   words("Ipê Amarelo,Pão de Ouro,Serra Azul,Três Irmãos,Água Clara,Bom Sertão,Manhã,Novo Rumo,Coração,Baía Norte"),
		trades: words("Software|Sistemas,Indústria|Metalúrgica,Comércio|Varejo,Finanças|Seguros,Saúde|Clínicas,Educação|Colégio,Logística|Transportes,Mídia|Editora,Prefeitura|Câmara,Energia|Elétrica,Consultoria|Associados,Hotéis|Restaurantes"),
		legal:  words("Ltda.,S.A."),
		cities: words("São Paulo,Brasília,Goiânia,Florianópolis"),
	},
	italian: {
		given:  words("Giulia,Niccolò,Matteo,Chiara,Davide,Elisa,Noè,Francesca,Luca,Irene"),
		family: words("Rossi,Bianchi,Cortù,Ferrari,Esposito,Moro,Galli,Leone,Riva,Sanfilippò"),
		firm:   words("Monte Chiaro,Ponte Antico,Città Nuova,Porta Rossa,Valle Serena,Libertà,Stella Alpina,Lago Blu,Olmo,Campoverde"),
		trades: words("Software|Sistemi,Meccanica|Officine,Distribuzione|Negozi,Finanza|Assicurazioni,Sanità|Cliniche,Formazione|Accademia,Trasporti|Logistica,Editoria|Media,Comune|Provincia,Energia|Reti,Consulenza|Studio,Alberghi|Ristorazione"),
		legal:  words("S.p.A.,S.r.l."),
		cities: words("Forlì,Torino,Cefalù,Bologna"),
	},
	swedish: {
		given:  words("Åsa,Björn,Malin,Göran,Linnéa,Jörgen,Elsa,Håkan,Märta,Sören"),
		family: words("Lindström,Åkesson,Sjöberg,Nyström,Öberg,Hägglund,Bergqvist,Löfgren,Ekdahl,Wallén"),
		firm:   words("Norrsken,Björkö,Högalid,Sjöstad,Älvdalen,Granåsen,Vintergatan,Östersund,Klippan,Skärgård"),
		trades: words("Programvara|System,Verkstad|Teknik,Handel|Butiker,Finans|Försäkring,Vård|Hälsa,Utbildning|Skola,Logistik|Åkeri,Media|Förlag,Kommun|Region,Energi|Kraft,Konsult|Rådgivning,Hotell|Krog"),
		legal:  words("AB"),
		cities: words("Malmö,Göteborg,Örebro,Västerås"),
	},
	polish: {
		given:  words("Agnieszka,Łukasz,Małgorzata,Paweł,Zofia,Wojciech,Ewelina,Grzegorz,Bożena,Michał"),
		family: words("Wójcik,Kowalczyk,Zieliński,Wiśniewska,Dąbrowski,Szymańska,Woźniak,Kozłowski,Górski,Żak"),
		firm:   words("Zielony Most,Złota Rzeka,Północ,Wysoki Brzeg,Biały Dąb,Słoneczna,Jasna Góra,Świt,Ćma,Nowy Młyn"),
		trades: words("Oprogramowanie|Systemy,Produkcja|Narzędzia,Sklepy|Handel,Finanse|Ubezpieczenia,Zdrowie|Kliniki,Edukacja|Szkoły,Logistyka|Spedycja,Media|Wydawnictwo,Urząd|Powiat,Energia|Sieci,Doradztwo|Partnerzy,Hotele|Gastronomia"),
		legal:  words("Sp. z o.o.,S.A."),
		cities: words("Łódź,Kraków,Gdańsk,Poznań"),
	},
	indian: {
		given:  words("Priya,Arjun,Ananya,Rohan,Kavya,Vikram,Deepa,Sanjay,Meera,Aditya,Nisha,Rahul"),
		family: words("Sharma,Iyer,Patel,Reddy,Nair,Gupta,Banerjee,Rao,Kulkarni,Mehta,Das,Joshi"),
		firm:   words("Suryodaya,Neelkanth,Himadri,Vasant,Lotus,Saptarishi,Deccan,Malabar,Ashoka,Kaveri,Monsoon,Banyan"),
		trades: words("Infotech|Softworks,Industries|Precision,Bazaar|Retail,Finance|Insurance,Hospitals|Pharma,Institute|Vidyalaya,Logistics|Roadways,Media|Publications,Municipal Board|Authority,Power|Renewables,Advisors|Associates,Hotels|Kitchens"),
		legal:  words("Pvt. Ltd.,Ltd.,LLP"),
		cities: words("Pune,Bengaluru,Chennai,Kochi"),
	},
	japanese: {
		given:  words("陽子,健一,美咲,翔太,直美,大輔,さくら,拓也,恵,誠"),
		family: words("佐藤,鈴木,高橋,田中,渡辺,伊藤,山本,中村,小林,加藤"),
		ascii: [2][]string{
			words("yoko,kenichi,misaki,shota,naomi,daisuke,sakura,takuya,megumi,makoto"),
			words("sato,suzuki,takahashi,tanaka,watanabe,ito,yamamoto,nakamura,kobayashi,kato"),
		},
		firm:   words("青葉,若松,富士見,桜井,北斗,白鳥,朝日丘,緑川,光陽,瑞穂"),
		trades: words("ソフトウェア|情報システム,製作所|精密,百貨店|商店,信用金庫|保険,医療|病院,学園|教育,物流|運輸,出版|メディア,市役所|公社,電力|エネルギー,コンサルティング|総研,ホテル|旅館"),
		legal:  words("株式会社"),
		cities: words("札幌,福岡,仙台,横浜"),
	},
}

// fold returns s in small Latin letters, digits and nothing else, for e-mail
// addresses. Letters it does not know are left out.
func fold(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteString(folded[r])
		}
	}
	return b.String()
}

var folded = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'å': "a", 'æ': "ae", 'ø': "o",
	'à': "a", 'á': "a", 'â': "a", 'ã': "a", 'è': "e", 'é': "e", 'ê': "e", 'ë': "e", 'ì': "i", 'í': "i", 'î': "i", 'ï': "i",
	'ò': "o", 'ó': "o", 'ô': "o", 'õ': "o", 'ù': "u", 'ú': "u", 'û': "u", 'ç': "c", 'ñ': "n",
	'ą': "a", 'ć': "c", 'ę': "e", 'ł': "l", 'ń': "n", 'ś': "s", 'ź': "z", 'ż': "z",
}
