// What passwords are made of most often, alone or with a few digits: the first words that a guesser tries. In lower
// case, letters only; substitutions as in `p4ssw0rd` are undone before they are looked up.
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `
  password passwort passwd passw passphrase contrasena senha motdepasse wachtwoord haslo parola salasana parool heslo
  jelszo losenord adgangskode kennwort geheim secret secrets topsecret mypassword yourpassword thepassword newpassword
  oldpassword nopassword temppassword defaultpassword passwordpassword masterpassword pass mypass newpass temppass
  testpass userpass adminpass rootpass letmein letmeinnow letmeout openup sesame enter entry access login
  logmein signin welcome willkommen bienvenue bienvenido bienvenidos benvenuto welkom hello hellohello helloworld hallo
  bonjour salut ciao hola goodbye goodmorning goodnight default changeme changeit changethis changemenow temp temporary
  temptemp test testing tester testtest testuser demo demodemo demouser sample example user username guest guestguest
  admin administrator administrador adminadmin administrateur root rootroot toor superuser superadmin sysadmin system
  manager supervisor operator service support server database oracle mysql postgres sqlserver backup public private
  internet intranet network computer keyboard monitor mouse printer laptop windows linux ubuntu debian apple macbook
  iphone android samsung nokia google gmail yahoo hotmail outlook email webmail mail mailbox mailserver tandem
  facebook twitter instagram youtube snapchat whatsapp skype myspace linkedin netflix amazon spotify microsoft office
  qwerty qwert qwertyu qwertyui qwertyuiop qwertz qwertzu qwertzui qwertzuiop qwer qwerqwer qwertyqwerty azerty
  azertyuiop asdf asdfgh asdfghj asdfghjk asdfghjkl asdfasdf asdasd zxcv zxcvb zxcvbn zxcvbnm yxcvbnm qazwsx qazwsxedc
  qazwsxedcrfv zaqwsx zaqxsw zaqxswcde wsxedc qweasd qweasdzxc qweqwe qwe asd zxc asdzxc asdqwe qaz wsx edc qawsed
  poiuytrewq lkjhgfdsa mnbvcxz dvorak abc abcd abcde abcdef abcdefg abcdefgh abcdefghi abcdefghij abcabc aaa
  aa bb xx xxx zz iloveyou iloveu ilove iloveme lovely love lovelove loveyou loveme lover lovers mylove truelove
  sweetlove lovers forever together always babe baby babygirl babyboy honey sweet sweetie sweetheart sweety darling
  angel angels angelina princess prince queen king kingdom dragon dragons monkey monkeys tiger tigers lion lions bear
  bears eagle eagles falcon falcons hawk wolf wolves wolverine panther panthers jaguar cougar horse horses pony puppy
  puppies kitten kitty hellokitty cat cats dog dogs doggy chicken turtle dolphin dolphins penguin penguins shark spider
  butterfly bunny rabbit hamster snake cobra viper python phoenix unicorn raven robin swallow bird birdie duck ducky
  buster bailey buddy max bella lucky lucy daisy molly maggie sadie sophie chloe rocky bandit shadow ginger pepper
  peanut cookie cookies brownie candy cupcake chocolate cheese cheesecake banana bananas apples orange oranges cherry
  lemon peach berry strawberry blueberry pumpkin potato tomato carrot onion pickle butter popcorn pizza burger noodle
  coffee starbucks pepsi cocacola whiskey vodka beer wine corona guinness heineken budweiser smirnoff
  sunshine sunflower sunset sunrise sunny moonlight moon stars star starlight starstar rainbow summer winter spring
  autumn flower flowers blossom rose roses lily violet jasmine orchid nature forest mountain river ocean island beach
  paradise heaven thunder lightning storm snow snowball snowman snowboard ice fire firefire fireball water earth wind
  january february march april may june july august september october november december monday tuesday wednesday
  thursday friday saturday sunday january montag dienstag mittwoch donnerstag freitag samstag sonntag sommer frühling
  herbst juillet ete hiver verano invierno
  football futbol fussball soccer baseball basketball hockey tennis golf golfer golfing rugby cricket volleyball
  softball swimming swimmer skater skateboard surfer surfing racing racer runner running fishing hunter hunting boxing
  wrestling karate judo ninja samurai warrior warriors champion champions winner winners player players gamer gaming
  gamers game games pokemon pikachu naruto minecraft fortnite roblox warcraft starcraft worldofwarcraft counterstrike
  playstation xbox nintendo mario zelda sonic tetris halo doom diablo callofduty gandalf frodo hobbit legolas matrix
  terminator predator batman superman spiderman ironman wolverine hulk avengers captain starwars skywalker darthvader
  yoda jedi stargate startrek trekkie spock scooby scoobydoo garfield snoopy mickey mickeymouse minnie donald goofy
  tinkerbell disney simpsons bart homer southpark spongebob tweety barbie transformers pirates pirate vampire twilight
  harrypotter hogwarts voldemort dumbledore hermione metallica nirvana slipknot eminem beatles rollingstones pinkfloyd
  ledzeppelin acdc ironmaiden greenday blink linkinpark madonna elvis michaeljackson rihanna beyonce justinbieber
  onedirection taylorswift music guitar guitars drums drummer piano singer dancer dancing dance bass hiphop reggae
  rocknroll rockstar rock metal punk jazz techno
  chelsea arsenal liverpool everton manchester manutd manunited tottenham celtic rangers barcelona realmadrid juventus
  milan inter bayern borussia ajax benfica porto santos flamengo palmeiras corinthians boca riverplate galatasaray
  fenerbahce besiktas yankees redsox dodgers giants cowboys steelers packers patriots raiders broncos lakers celtics
  bulls ferrari porsche mercedes bmw audi volkswagen toyota honda yamaha kawasaki suzuki ducati harley mustang camaro
  corvette chevrolet chevy ford dodge jeep subaru nissan mazda volvo lamborghini maserati bugatti tesla
  london paris berlin munich hamburg vienna madrid lisbon rome amsterdam brussels dublin moscow istanbul athens newyork
  chicago boston dallas houston austin texas florida california america american canada mexico brazil brasil argentina
  colombia england ireland scotland germany deutschland france italia spain espana portugal holland sweden norway
  finland denmark poland polska russia rossiya turkey turkiye india pakistan china japan tokyo korea australia sydney
  michael jennifer jessica jordan ashley thomas daniel andrew joshua matthew anthony robert william david james john
  joseph charles richard christopher nicholas alexander alexandra alexandre alexandru benjamin jonathan brandon justin
  samantha amanda nicole stephanie melissa michelle elizabeth christine christina danielle jasmine victoria vanessa
  natalie natasha rachel rebecca hannah sarah laura lauren emily olivia isabella sophia andrea patricia barbara sandra
  claudia martina martin stefan sebastian florian tobias dominik patrick philipp andreas matthias johannes wolfgang
  alejandro fernando francisco gabriel gabriela carlos roberto ricardo eduardo antonio giovanni francesco francesca
  giuseppe alessandro alessandra valentina valeria lorenzo leonardo federico chiara martina nathalie caroline camille
  nicolas philippe olivier laurent vincent frederic christian christopher kristina katarina svetlana vladimir dmitriy
  sergey aleksandr nikita natalia anastasia ekaterina marina tatiana muhammad mohammed mohamed ahmed ibrahim fatima
  krishna ganesh lakshmi rajesh suresh maria jesus jesuschrist christ jesusislord godisgood god godbless blessed
  blessing faith hope trust trustno trustnoone peace freedom liberty justice church angel satan devil lucifer hell
  fuck fucker fucking fuckyou fuckme fuckoff motherfucker asshole bitch bitches bastard shit bullshit pussy dick cock
  penis vagina boobs tits sexy sexsex sex porn pornstar hardcore hotgirl hotboy hottie naked lesbian playboy hooters
  whatever whatsup nothing something anything everything nobody somebody anybody everyone idontknow dontknow forgot
  forgotten remember rememberme iforgot mypasswordis nopass none null undefined unknown
  maverick hunter ranger cowboy soldier army navy airforce marine marines military police sheriff doctor nurse teacher
  student students school college university lawyer engineer manager money dollar dollars bitcoin ethereum crypto
  diamond diamonds golden gold silver platinum crystal emerald ruby sapphire pearl magic magician wizard merlin mystic
  mystery legend legendary master masters monster monsters killer killers assassin sniper shooter gangster gangsta
  hacker hackers hacked hacking cracker computer programmer developer software hardware internet cyber matrix
  purple yellow orange green greenday blue bluebird bluesky black blackcat blackjack blackbird white red redhead
  scarlet silver pink pinky rainbow brown bigdog bigdaddy daddy mommy mother father brother sister family familia
  friends friend friendship bestfriend bestfriends girlfriend boyfriend husband wife married wedding children child
  kids grandma grandpa mama papa mamapapa mamamia happy happiness happyday smile smiley smiling laugh funny crazy lazy
  cool coolcool coolguy coolgirl coolman super superstar superman awesome amazing fantastic wonderful beautiful pretty
  perfect precious special single taken secure security safety protect correct incorrect right wrong invalid valid
  `
    .trim()
    .split(/\s+/),
)
